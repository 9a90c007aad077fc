"""A self-made TLS certificate for the servers on 127.0.0.1, its own authority: clients can check it."""

from __future__ import annotations

import ssl
import subprocess
from dataclasses import dataclass
from pathlib import Path

from tests.servers.programs import find_program

# Python 3.13 checks strictly (VERIFY_X509_STRICT): an authority must say that it may sign.
EXTENSIONS = (
    "basicConstraints=critical,CA:TRUE",
    "keyUsage=critical,digitalSignature,keyCertSign",
    "subjectKeyIdentifier=hash",
    "subjectAltName=DNS:localhost,IP:127.0.0.1",
)


@dataclass(frozen=True, slots=True)
class Certificate:
    """Two PEM files: the certificate (which a client also uses as its `ca_file`) and its key."""

    file: Path
    key_file: Path

    def server_context(self) -> ssl.SSLContext:
        """For a server that shows this certificate."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.file, self.key_file)
        return context

    def client_context(self) -> ssl.SSLContext:
        """For a client that trusts this certificate and no other, and checks the name."""
        return ssl.create_default_context(cafile=self.file)


def make_certificate(folder: Path) -> Certificate:
    """Writes cert.pem and key.pem into `folder`: localhost and 127.0.0.1, an elliptic curve, one month."""
    made = Certificate(folder / "cert.pem", folder / "key.pem")
    kind = ["-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "30"]
    # An empty configuration: what a distribution's openssl.cnf adds would make two of some extensions.
    names = ["-config", "/dev/null", "-subj", "/CN=localhost"]
    extensions = [word for extension in EXTENSIONS for word in ("-addext", extension)]
    files: list[str | Path] = ["-keyout", made.key_file, "-out", made.file]
    command: list[str | Path] = [find_program("openssl"), "req", *kind, *names, *extensions, *files]
    subprocess.run(command, check=True, capture_output=True)
    return made
