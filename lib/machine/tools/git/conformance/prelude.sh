t=1700000000
tick() { t=$((t + 60)); export GIT_AUTHOR_DATE="$t +0000" GIT_COMMITTER_DATE="$t +0000"; }
w() { printf '%b' "$2" > "$1"; }
c() { tick; git add -A && git commit -q -m "$1"; }
repo() { git init -q; w a 'one\ntwo\nthree\n'; w b 'x\n'; mkdir d; w d/e 'deep\n'; c first; }
two() { repo; w a 'one\n2\nthree\n'; c second; }
fork() { repo; git switch -q -c topic; w a 'one\nTOPIC\nthree\n'; c topic; git switch -q main; w a 'one\nMAIN\nthree\n'; c main; }
side() { repo; git switch -q -c topic; w t 'topic\n'; c topic; git switch -q main; w m 'main\n'; c main; }
tick
