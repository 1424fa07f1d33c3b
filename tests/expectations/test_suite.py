"""What our own kind of rule tells Great Expectations is what it would have found out itself."""

import pytest
from great_expectations.expectations.core.unexpected_rows_expectation import UnexpectedRowsExpectation

from expectations import actions, bars, coverage, minutes

RULES = [rule for module in (bars, actions, coverage, minutes) for rule in module.SUITE.rows]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.meta["rule"])
@pytest.mark.parametrize("form", ["BASIC", {"result_format": "COMPLETE", "partial_unexpected_count": 5}])
def test_the_dependencies_of_a_rule_are_those_that_the_library_finds(rule, form):
    here = rule.configuration
    here.kwargs["batch_id"] = "staging-bars"
    staged, asked = here.to_domain_obj(), {"result_format": form}
    own = staged.get_validation_dependencies(runtime_configuration=asked)
    found = super(type(staged), staged).get_validation_dependencies(runtime_configuration=asked)
    assert isinstance(staged, UnexpectedRowsExpectation)
    assert own.result_format == found.result_format
    assert [*own.metric_configurations] == [*found.metric_configurations]
    for name, metric in own.metric_configurations.items():
        other = found.metric_configurations[name]
        assert (metric.id, metric.metric_domain_kwargs) == (other.id, other.metric_domain_kwargs)
        assert metric.metric_value_kwargs == other.metric_value_kwargs


def test_who_changes_what_a_rule_says_of_itself_does_not_change_the_rule():
    rule = RULES[0]
    rule.configuration.kwargs["batch_id"] = "elsewhere"
    assert "batch_id" not in rule.configuration.kwargs
    assert rule.configuration.to_json_dict() == super(type(rule), rule).configuration.to_json_dict()
