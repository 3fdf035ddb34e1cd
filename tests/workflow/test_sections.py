import pytest
from pydantic import TypeAdapter, ValidationError

from scaling_down.workflow.parameters.sections import JobWidths

JOB_WIDTHS = TypeAdapter(JobWidths)


def test_widths_of_jobs_keep_their_order():
    assert JOB_WIDTHS.validate_python([[300], [2, 50], [7]]) == ((300,), (2, 50), (7,))


@pytest.mark.parametrize("jobs", [[[2, 3], [5, 2]], [[4, 4]], [[1], [1]]])
def test_a_width_is_in_one_job_only(jobs):
    with pytest.raises(ValidationError, match="every width once"):
        JOB_WIDTHS.validate_python(jobs)


@pytest.mark.parametrize("jobs", [[], [[]], [[2], []], [[0]], [[-3]], [[2.5]], [2]])
def test_no_jobs_and_no_widths_are_refused(jobs):
    with pytest.raises(ValidationError):
        JOB_WIDTHS.validate_python(jobs)
