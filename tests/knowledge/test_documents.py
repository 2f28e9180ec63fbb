"""Files of the user's own: what is read from each form, and one sentence for a file that is broken."""

from __future__ import annotations

import gzip
import json
from io import BytesIO
from pathlib import Path

import pytest
from pypdf import PdfWriter

from knowledge.corpus import passages
from knowledge.documents import UnreadableFileError, find_files, read_documents

BOMB = (
    '<?xml version="1.0"?><!DOCTYPE z [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">'
    '<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]><z>&c;</z>'
)
EXTERNAL = '<?xml version="1.0"?><!DOCTYPE z [<!ENTITY a SYSTEM "file:///etc/passwd">]><z>&a;</z>'


def pdf(*pages: str) -> bytes:
    """A minimal PDF by hand, one line of Helvetica on each page."""
    kids = " ".join(f"{4 + 2 * number} 0 R" for number in range(len(pages)))
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    for number, text in enumerate(pages):
        stream = f"BT /F1 12 Tf 72 720 Td ({text}) Tj ET"
        objects += [
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Resources << /Font << /F1 3 0 R >> >> "
            f"/Contents {5 + 2 * number} 0 R >>",
            f"<< /Length {len(stream)} >>\nstream\n{stream}\nendstream",
        ]
    content, offsets = "%PDF-1.4\n", []
    for number, body in enumerate(objects, start=1):
        offsets.append(len(content))
        content += f"{number} 0 obj\n{body}\nendobj\n"
    table = "".join(f"{offset:010d} 00000 n \n" for offset in offsets)
    size = len(objects) + 1
    content += f"xref\n0 {size}\n0000000000 65535 f \n{table}trailer\n<< /Size {size} /Root 1 0 R >>\n"
    return f"{content}startxref\n{content.index('xref')}\n%%EOF\n".encode()


def written(writer: PdfWriter) -> bytes:
    stream = BytesIO()
    writer.write(stream)
    return stream.getvalue()


def blank_pdf(password: str = "") -> bytes:
    writer = PdfWriter()
    writer.add_blank_page(200, 200)
    if password:
        writer.encrypt(password, algorithm="RC4-128")
    return written(writer)


def rows(*values: object) -> bytes:
    return "\n".join(json.dumps(value) for value in values).encode()


def put(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def test_markdown(tmp_path: Path) -> None:
    text = "\ufeff---\nid: x\n---\n# Asthma plan\nKeep calm.\n\n## Attack\n- Sit up.\n- Use the inhaler.\n"
    (document,) = read_documents(put(tmp_path, "plan.md", text.removeprefix("\ufeff")))
    assert (document.id, document.title) == ("plan.md", "Asthma plan")
    assert document.sections == (("", "Keep calm."), ("Attack", "- Sit up.\n- Use the inhaler."))
    assert read_documents(put(tmp_path, "plan.md", text)) == [document]


def test_plain_text_without_a_heading_is_named_after_its_file(tmp_path: Path) -> None:
    (document,) = read_documents(put(tmp_path, "fever.txt", "Drink water.\r\nRest.\n"))
    assert (document.id, document.title) == ("fever.txt", "fever")
    assert "Drink water." in document.sections[0][1]


def test_a_sentence_wrapped_over_lines_is_one_sentence(tmp_path: Path) -> None:
    text = "Give paracetamol every six\nhours at the most.\n\nList:\n- water\n- rest\nCall 911"
    (document,) = read_documents(put(tmp_path, "fever.txt", text))
    lines = passages(document)[0].text.split("\n")
    assert lines == ["Give paracetamol every six hours at the most.", "List:", "water", "rest", "Call 911"]


def test_pdf_has_one_section_for_each_page_with_text(tmp_path: Path) -> None:
    (document,) = read_documents(put(tmp_path, "leaflet.pdf", pdf("Take one tablet.", "", "Store it cool.")))
    assert (document.id, document.title) == ("leaflet.pdf", "leaflet")
    assert document.sections == (("page 1", "Take one tablet."), ("page 3", "Store it cool."))


@pytest.mark.parametrize("ending", ["jsonl", "jsonl.gz"])
def test_json_lines(tmp_path: Path, ending: str) -> None:
    content = rows(
        {"id": "a", "title": "Gout", "text": "Gout hurts.", "url": "https://x.org/a", "source": "X"},
        {"id": 7, "question": "What is croup?", "answer": "Croup barks."},
        {"id": "a", "title": "Gout diet", "text": "Less beer."},
    )
    path = put(tmp_path, f"qa.{ending}", gzip.compress(content) if ending.endswith("gz") else content + b"\n\n")
    gout, croup = read_documents(path)
    assert (gout.id, gout.title, gout.url, gout.publisher) == ("a", "Gout", "https://x.org/a", "X")
    assert gout.sections == (("", "Gout hurts."), ("Gout diet", "Less beer."))
    assert (croup.id, croup.title, croup.sections) == ("7", "What is croup?", (("", "Croup barks."),))


def test_a_row_may_hold_odd_line_separators(tmp_path: Path) -> None:
    row = json.dumps({"id": "a", "text": "one\u2028two\x85three"}, ensure_ascii=False)
    (document,) = read_documents(put(tmp_path, "odd.jsonl", f"{row}\r\n"))
    assert document.sections == (("", "one\u2028two\x85three"),)


def test_xml_of_one_document_keeps_every_word(tmp_path: Path) -> None:
    text = (
        '<doc url="https://x.org"><title>Burns</title><section><heading>First aid</heading>'
        "<p>Cool <b>at once</b> with water.</p><!-- note --><p>Cover it.</p></section></doc>"
    )
    (document,) = read_documents(put(tmp_path, "burns.xml", text))
    assert (document.id, document.title, document.url) == ("burns.xml", "Burns", "https://x.org")
    assert document.sections == (("First aid", "Cool at once with water."), ("First aid", "Cover it."))


def test_xml_of_alike_elements_is_a_document_each(tmp_path: Path) -> None:
    text = '<all><topic id="t1" title="Gout"><p>Big toe.</p></topic><topic title="Croup"><p>Bark.</p></topic></all>'
    gout, croup = read_documents(put(tmp_path, "topics.xml", text))
    assert (gout.id, gout.title, gout.sections) == ("t1", "Gout", (("", "Big toe."),))
    assert (croup.id, croup.title) == ("topics.xml/2", "Croup")


BROKEN: dict[str, str | bytes] = {
    "empty.md": "",
    "blank.txt": " \n",
    "latin.txt": "caf\xe9".encode("latin-1"),
    "latin.md": "caf\xe9".encode("latin-1"),
    "scan.pdf": blank_pdf(),
    "locked.pdf": blank_pdf("secret"),
    "not.pdf": b"hello",
    "cut.pdf": pdf("Take one tablet.")[:200],
    "empty.pdf": b"",
    "half.jsonl": b'{"id": "a", "text": "x"}\n{"id": ',
    "list.jsonl": b"[1, 2]",
    "number.jsonl": b"5",
    "notext.jsonl": b'{"id": "a"}',
    "noid.jsonl": b'{"text": "a"}',
    "numbertext.jsonl": b'{"id": "a", "text": 5}',
    "deep.jsonl": b"[" * 100_000,
    "not.jsonl.gz": b"hello",
    "cut.jsonl.gz": gzip.compress(b'{"id": "a", "text": "x"}' * 50)[:-12],
    "garbled.jsonl.gz": gzip.compress(b'{"id": "a", "text": "x"}' * 50)[:10] + b"\x07" * 20,
    "cut.xml": "<a><b>x</b>",
    "empty.xml": "",
    "notext.xml": "<a><b/></a>",
    "deep.xml": "<a>" * 5000 + "x" + "</a>" * 5000,
    "bomb.xml": BOMB,
    "external.xml": EXTERNAL,
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_file_is_one_sentence_that_names_it(tmp_path: Path, name: str) -> None:
    with pytest.raises(UnreadableFileError) as error:
        read_documents(put(tmp_path, name, BROKEN[name]))
    message = str(error.value)
    assert message.startswith(name)
    assert "\n" not in message
    assert len(message) > len(name) + 5
    assert "root:" not in message  # nothing of /etc/passwd


def test_a_scanned_pdf_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFileError, match="OCR"):
        read_documents(put(tmp_path, "scan.pdf", blank_pdf()))


def test_a_broken_row_is_named_by_its_line(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFileError, match=r"half\.jsonl, line 2"):
        read_documents(put(tmp_path, "half.jsonl", BROKEN["half.jsonl"]))


def test_find_files_enters_folders_and_passes_over_other_endings(tmp_path: Path) -> None:
    for name in ("b.md", "a/c.jsonl.gz", "a/d.PDF", "a/e.docx", "a/f.gz", "g"):
        put(tmp_path, name, "x")
    found = [path.relative_to(tmp_path).as_posix() for path in find_files([tmp_path])]
    assert found == ["a/c.jsonl.gz", "a/d.PDF", "b.md"]
    assert find_files([tmp_path / "b.md"]) == [tmp_path / "b.md"]


@pytest.mark.parametrize("name", ["missing.md", "letter.docx"])
def test_a_file_named_outright_must_be_readable(tmp_path: Path, name: str) -> None:
    put(tmp_path, "letter.docx", "x")
    with pytest.raises(UnreadableFileError, match=name):
        find_files([tmp_path / name])


def test_an_unknown_ending_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFileError, match=r"letter\.docx is not one of \.md"):
        read_documents(put(tmp_path, "letter.docx", "x"))
