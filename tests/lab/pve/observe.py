"""What a neighbour sees: observe.py VICTIM_IP SECONDS.

Prints who answers as the victim, who sends in its name, and who is the router, one word a line.
"""
import socket
import subprocess
import sys
import time

victim, seconds = sys.argv[1:]
listener = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
listener.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
listener.bind(("", 7001))
listener.setblocking(False)
until = time.monotonic() + float(seconds)
while time.monotonic() < until:
    try:
        with socket.create_connection((victim, 7000), timeout=0.5) as connection:
            print("answer", connection.recv(100).decode())
    except OSError:
        print("silence")
    try:
        print("packet", listener.recvfrom(100)[1][0])
    except OSError:
        pass
    time.sleep(0.1)
print(subprocess.run(["ip", "-6", "route", "show", "default"], capture_output=True, text=True).stdout)
subprocess.run(["ip", "-6", "route", "del", "default"], check=False, capture_output=True)
subprocess.run(["ip", "neigh", "flush", "dev", "eth0"], check=False)
