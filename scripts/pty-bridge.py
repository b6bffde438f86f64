"""Runs a program on a pseudo terminal: pty-bridge.py COLUMNS ROWS COMMAND...

Its output goes to standard output as it is. Standard input is lines: "k HEX" types bytes, "r COLUMNS ROWS" resizes.
"""
import fcntl
import os
import pty
import select
import signal
import struct
import sys
import termios

columns, rows, command = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3:]
pid, terminal = pty.fork()
if pid == 0:
    # The size is set before anything looks at it.
    fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
    os.execvp(command[0], command)
pending = b""
while True:
    ready, _, _ = select.select([terminal, 0], [], [])
    if terminal in ready:
        try:
            data = os.read(terminal, 65536)
        except OSError:
            break
        if not data:
            break
        os.write(1, data)
    if 0 in ready:
        data = os.read(0, 65536)
        if not data:
            break
        pending += data
        *lines, pending = pending.split(b"\n")
        for line in lines:
            words = line.split()
            if words[0] == b"k":
                os.write(terminal, bytes.fromhex(words[1].decode()))
            else:
                fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", int(words[2]), int(words[1]), 0, 0))
os.kill(pid, signal.SIGKILL)
