# Runs a script in one of the host's shells (bash, ash, dash) where it can harm nothing:
#   bash -c "$(cat confined.sh)" confined SHELL SCRIPT
# Not as root, though it looks so from inside: users and mounts are its own, /tmp and /root are empty ones of its own,
# and time, processes and files are limited.
confine=()
[ "$(id -u)" != 0 ] || confine=(setpriv --reuid=65534 --regid=65534 --clear-groups)
exec "${confine[@]}" timeout -s KILL 10 prlimit --nproc=400:400 --fsize=67108864 unshare --map-root-user --mount \
  bash -c '
  set -e
  mount -t tmpfs tmpfs /tmp
  mount -t tmpfs -o mode=700 tmpfs /root
  mkdir -m 755 /tmp/room
  path=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
  case $1 in
  bash) shell=(bash) ;;
  dash) shell=(sh) ;;
  # Applets come first, as in an image that has nothing else.
  ash)
    mkdir /tmp/applets
    /bin/busybox --install -s /tmp/applets
    ln -s /bin/busybox /tmp/applets/busybox
    path=/tmp/applets
    shell=(busybox sh)
    ;;
  esac
  cd /tmp/room
  exec env -i HOME=/root LC_ALL=C.UTF-8 PATH="$path" "${shell[@]}" -c "$2"
' confined "$@"
