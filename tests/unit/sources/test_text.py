"""Reading files as text: encodings, sizes and what is no text at all."""

from __future__ import annotations

import io
import os
import sys
import time
from pathlib import Path

import pytest

from netcheck.errors import InputError
from netcheck.sources._text import SIZE_LIMIT, read_text

LIMIT = f"{SIZE_LIMIT // 2**20} MiB"
TEXT = "netcheck: 1\nlocation: Zürich\n"


def fault(path: Path | str) -> str:
    with pytest.raises(InputError) as caught:
        read_text(str(path))
    (found,) = caught.value.diagnostics
    return f"{found.code} {found.message}"


@pytest.mark.parametrize(
    ("mark", "encoding"),
    [
        (b"", "utf-8"),
        (b"\xef\xbb\xbf", "utf-8"),
        (b"\xff\xfe", "utf-16-le"),
        (b"\xfe\xff", "utf-16-be"),
        (b"\xff\xfe\x00\x00", "utf-32-le"),
        (b"\x00\x00\xfe\xff", "utf-32-be"),
    ],
)
def test_unicode_encodings_give_one_text(mark: bytes, encoding: str, tmp_path: Path) -> None:
    """UTF-8 with and without mark, and UTF-16 and UTF-32 with one, are the same text."""
    path = tmp_path / "site.yaml"
    path.write_bytes(mark + TEXT.encode(encoding))
    assert read_text(str(path)) == TEXT


def test_missing_file_is_named_as_the_user_wrote_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A missing file keeps the spelling of the command line."""
    monkeypatch.chdir(tmp_path)
    assert fault("./nowhere/site.yaml") == "NC100 `./nowhere/site.yaml` does not exist"


def test_folder_is_refused(tmp_path: Path) -> None:
    """A folder is no file."""
    assert fault(tmp_path) == f"NC100 `{tmp_path}` is a folder"


def test_file_below_a_file_is_refused(tmp_path: Path) -> None:
    """A path through a file is an error of the input, not a crash."""
    (tmp_path / "file").write_text("x")
    assert fault(tmp_path / "file" / "site.yaml").endswith("cannot be read: not a directory")


@pytest.mark.parametrize("data", [b"", b" \n\t\n", b"\xef\xbb\xbf", b"\xff\xfe"])
def test_empty_file_is_refused(data: bytes, tmp_path: Path) -> None:
    """Nothing, blanks, or a lone byte order mark describe no site."""
    path = tmp_path / "empty.yaml"
    path.write_bytes(data)
    assert fault(path) == f"NC101 `{path}` is empty"


@pytest.mark.parametrize("data", [b"PK\x03\x04\x00\x00", "netcheck: 1".encode("utf-16-le"), b"\x89PNG\x00\xff"])
def test_binary_file_is_refused(data: bytes, tmp_path: Path) -> None:
    """NUL bytes make a file binary; so UTF-16 without a mark is refused too."""
    path = tmp_path / "binary"
    path.write_bytes(data)
    assert fault(path) == f"NC102 `{path}` is a binary file"


def test_undecodable_byte_is_named(tmp_path: Path) -> None:
    """The offset of the first bad byte counts from the start of the file, the mark included."""
    path = tmp_path / "site.yaml"
    path.write_bytes(b"\xef\xbb\xbfname: Z\xfcrich\n")
    assert fault(path) == f"NC105 `{path}` is not UTF-8: byte 10 cannot be decoded"


def test_huge_file_is_refused_unread(tmp_path: Path) -> None:
    """A 200 MiB file (sparse here) is refused by its size, at once."""
    path = tmp_path / "huge.yaml"
    with path.open("wb") as stream:
        stream.truncate(200 * 2**20)
    start = time.perf_counter()
    assert fault(path) == f"NC103 `{path}` is too large: 200 MiB, and the limit is 128 MiB"
    assert time.perf_counter() - start < 10


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="no /dev/zero on this system")
def test_endless_device_is_refused() -> None:
    """A device has no size; reading stops at the limit."""
    assert fault("/dev/zero") == f"NC103 `/dev/zero` is too large: over {LIMIT}, and the limit is {LIMIT}"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes on this system")
def test_pipe_is_read(tmp_path: Path) -> None:
    """A named pipe (shell process substitution) is read like a file."""
    import threading

    path = tmp_path / "pipe"
    os.mkfifo(path)
    writer = threading.Thread(target=path.write_text, args=(TEXT,), kwargs={"encoding": "utf-8"})
    writer.start()
    assert read_text(str(path)) == TEXT
    writer.join()


def test_dash_is_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    """`-` reads standard input, bytes and all."""
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(TEXT.encode())))
    assert read_text("-") == TEXT
