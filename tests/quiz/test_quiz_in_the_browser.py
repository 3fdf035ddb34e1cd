"""The quiz as a person plays it, with keys and mouse, in headless Chromium."""

import time

import pandas as pd
import pytest
from browser import Browser, executable

from scaling_down.quiz.page import quiz_page
from scaling_down.quiz.results import human_accuracy, read_answers

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(executable() is None, reason="there is no Chromium"),
]
COUNT = 20


@pytest.fixture
def browser(tmp_path):
    """A browser with a quiz of two batches."""
    page = tmp_path / "quiz.html"
    page.write_text(quiz_page(seed=1, count=COUNT), encoding="utf-8")
    started = Browser(tmp_path / "profile")
    (tmp_path / "saved").mkdir()
    started.open(page, tmp_path / "saved")
    yield started
    started.close()


def shown(browser):
    """Return the numbers of the samples that are shown."""
    cells = "[...document.querySelectorAll('.item')].map(e => Number(e.dataset.item))"
    return browser.value(cells)


def texts(browser, selector):
    found = f"[...document.querySelectorAll('{selector}')].map(e => e.textContent)"
    return browser.value(found)


def saved(folder):
    """Return the file that the page saves, when it is whole."""
    for _ in range(100):
        if files := [f for f in folder.iterdir() if f.suffix == ".csv"]:
            return files[0]
        time.sleep(0.1)
    raise AssertionError(f"nothing was saved in {folder}")


def visible(browser):
    sections = "[...document.querySelectorAll('section')].filter(e => !e.hidden)"
    return browser.value(f"{sections}.map(e => e.id).join()")


def test_a_quiz_is_played_with_keys_and_saved(browser, tmp_path, default):
    labels = default["y_test"]
    assert visible(browser) == "start"
    browser.press("2")
    assert visible(browser) == "game"
    items = shown(browser)
    right = [str(labels[item]) for item in items]
    assert len(items) == 10
    # A wrong answer is taken back; Enter does nothing until all ten are there.
    browser.press(str((labels[items[0]] + 1) % 10), "Backspace")
    assert texts(browser, ".answer") == [""] * 10
    browser.press(*right[:9], "Enter")
    assert texts(browser, ".answer")[9] == ""
    # The last one is answered wrongly.
    wrong = str((labels[items[9]] + 1) % 10)
    browser.press(wrong)
    assert texts(browser, ".answer") == [*right[:9], wrong]
    assert texts(browser, ".right") == []
    browser.press("Enter")
    assert texts(browser, ".answer") == [
        *(f"{digit} ✓" for digit in right[:9]),
        f"{wrong} ✗ it is {right[9]}",
    ]
    # One shot: what has been checked stays.
    browser.press("ArrowLeft", "0", "Backspace")
    assert texts(browser, ".answer")[9].startswith(wrong)
    browser.press("Enter")
    later = shown(browser)
    assert not set(items) & set(later)
    browser.press(*(str(labels[item]) for item in later), "Enter", "Enter")
    assert visible(browser) == "done"
    assert texts(browser, "#score") == ["19 of 20 right."]
    browser.press("Enter")
    rows = read_answers(saved(tmp_path / "saved"))
    assert rows["item"].tolist() == items + later
    assert (rows["digit"] == rows["answer"]).sum() == 19
    assert human_accuracy(tmp_path / "saved", "plain").mean == 95.0


def test_a_shuffled_quiz_is_played_with_the_mouse(browser, tmp_path):
    browser.value("document.getElementById('person').value = 'Ada, L.'")
    browser.click("#choices button", 3)
    for _ in range(2):
        # Backwards, so that each answer goes where the click has put the cursor.
        for place in reversed(range(10)):
            browser.click(".item", place)
            browser.click("#digits button", place)
        assert texts(browser, ".answer") == [str(place) for place in range(10)]
        browser.click("#next")
        browser.click("#next")
    browser.click("#save")
    rows = pd.read_csv(saved(tmp_path / "saved"))
    assert rows["answer"].tolist() == [*range(10)] * 2
    assert set(rows["person"]) == {"Ada L."}
    assert set(rows["positions"]) == {"shuffled"}


def test_a_name_with_digits_is_typed_and_not_played(browser):
    browser.click("#person")
    browser.press("1", "2")
    assert visible(browser) == "start"


def test_practice_is_not_saved(browser):
    browser.press("1")
    for _ in range(2):
        browser.press(*"0123456789", "Enter", "Enter")
    assert visible(browser) == "done"
    assert browser.value("document.getElementById('save').parentElement.hidden")
    assert "That was practice" in texts(browser, "#score")[0]


def test_the_page_asks_for_nothing_from_elsewhere(browser):
    assert browser.value("performance.getEntriesByType('resource').length") == 0
    browser.press("2")
    assert browser.value("document.querySelector('.item svg').clientHeight") > 50
