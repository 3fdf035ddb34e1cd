import json
import os

import pytest

from scaling_down.workflow.manifests import WRITTEN, sync

CONTENT = {"key": "0123456789abcdef", "runs": [1, 2], "settings": {"b": 1, "a": "é"}}
OLD = 1_000_000_000


@pytest.fixture
def written(tmp_path):
    """A manifest and an output that carries its key; returns both paths."""
    manifest, output = tmp_path / "manifests/toy.json", tmp_path / "metrics.json"
    output.write_text('{"key": "0123456789abcdef"}')
    sync(str(manifest), CONTENT, [str(output)])
    os.utime(manifest, ns=(OLD, OLD))
    return manifest, output


def is_written_anew(written, content=CONTENT, outputs=None) -> bool:
    manifest, output = written
    sync(str(manifest), content, outputs or [str(output)])
    stands = json.loads(manifest.read_text())
    assert stands.pop(WRITTEN) > 0
    assert stands == content
    return manifest.stat().st_mtime_ns != OLD


def test_stands_where_nothing_changed(written):
    assert not is_written_anew(written)
    assert not is_written_anew(written, dict(reversed(CONTENT.items())))


@pytest.mark.parametrize(
    "change", [{"key": "fedcba9876543210"}, {"runs": [1]}, {"more": None}]
)
def test_is_written_where_content_changed(written, change):
    assert is_written_anew(written, {**CONTENT, **change})


def test_is_written_where_an_output_lacks_the_key(written):
    other = written[1].with_name("figure.png")
    other.write_bytes(b"\x89PNG 0123456789abcdee \xff")
    assert is_written_anew(written, outputs=[str(written[1]), str(other)])


def test_key_is_found_in_binary_outputs(written):
    other = written[1].with_name("figure.png")
    other.write_bytes(b"\x89PNG 0123456789abcdef \xff")
    assert not is_written_anew(written, outputs=[str(other)])


def test_missing_outputs_are_no_reason(written):
    written[1].unlink()
    assert not is_written_anew(written)


def test_a_missing_input_is_a_reason(written):
    manifest, output = written
    sync(str(manifest), CONTENT, [str(output)], inputs=[str(output)])
    assert manifest.stat().st_mtime_ns == OLD
    sync(str(manifest), CONTENT, [str(output)], inputs=[str(output) + "x"])
    assert manifest.stat().st_mtime_ns != OLD


def test_what_is_written_anew_differs_from_what_stood(written):
    before = written[0].read_bytes()
    written[1].write_text("{}")
    assert is_written_anew(written)
    assert written[0].read_bytes() != before


@pytest.mark.parametrize("content", [b"", b"{}", b"\xff\xfe"])
def test_damaged_manifest_is_written_anew(written, content):
    written[0].write_bytes(content)
    os.utime(written[0], ns=(OLD, OLD))
    assert is_written_anew(written)
