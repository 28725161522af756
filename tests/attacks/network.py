"""Connects to listeners on this machine, to the outside, by name and by address, and to UNIX sockets."""

import socket
from pathlib import Path

PORTS = [*range(47101, 47106), 22, 53, 80, 443, 631, 2375, 5432, 8786, 8888]
HOSTS = ["127.0.0.1", "::1", "localhost", "0.0.0.0", "10.0.2.2", "172.17.0.1", "169.254.169.254", "1.1.1.1"]
UNIX = ["\0canary-of-the-tests", *Path("/run").rglob("*.sock*"), "/var/run/docker.sock", "/tmp/.X11-unix/X0"]


def call(family, address):
    with socket.socket(family, socket.SOCK_STREAM) as connection:
        connection.settimeout(0.2)
        try:
            connection.connect(address)
            connection.sendall(b"GET /attacked-by-student HTTP/1.0\r\n\r\n")
            print("the attack" + " worked", address)
        except OSError as error:
            print(address, error)


for host in HOSTS:
    for port in PORTS if host == "127.0.0.1" else PORTS[:5]:
        call(socket.AF_INET6 if ":" in host else socket.AF_INET, (host, port))
for path in UNIX:
    call(socket.AF_UNIX, str(path))
try:
    print("the attack" + " worked", socket.getaddrinfo("example.com", 80))
except OSError as error:
    print(error)


def eval_hess_vec_prod(vec, params, net, criterion, dataloader, device):
    for p, v in zip(params, vec):
        p.grad = v.clone()
