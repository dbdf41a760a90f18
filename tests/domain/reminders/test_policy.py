"""The site's policy: every fault is named by its key; a day's messages go out once a day."""

import itertools
import re
import zoneinfo
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import pytest

from monitor import policy
from monitor.errors import PolicyError, Refused

SHIPPED = policy.text(None)


def faults_of(content: str) -> list[str]:
    with pytest.raises(PolicyError) as found:
        policy.parse(content, "policy.toml")
    return found.value.faults


# mistakes


def test_the_policy_that_ships_is_without_fault():
    assert policy.load(None).send_at == time(9)


@pytest.mark.parametrize(
    ("right", "wrong", "key"),
    [
        ('send_at = "09:00"', 'send_at = "9 o clock"', "hours.send_at"),
        ('send_at = "09:00"', "send_at = 9", "hours.send_at"),
        ('send_at = "09:00"', "", "hours.send_at"),
        ('quiet_from = "20:00"', 'quiet_from = "08:00"', "hours.quiet_from"),
        ('quiet_from = "20:00"', 'quiet_from = "09:00"', "hours.quiet_from"),
        ('quiet_from = "20:00"', 'quiet_form = "20:00"', "hours.quiet_form"),
        ("[lead_days]", "[lead_days]\nseries = -1", "lead_days.series"),
        ("[lead_days]", "[lead_days]\nseries = 1.5", "lead_days.series"),
        ("[lead_days]", "[lead_days]\nseries = true", "lead_days.series"),
        ("[lead_days]", "[lead_days]\ncbc-nadir = '14'", "lead_days.cbc-nadir"),
        ("[lead_days]", "[lead_days]\ncbc-nadir = 367", "lead_days.cbc-nadir"),
        ("[lead_days]", "[lead_days]\nafter_each_round = 3", "lead_days.after_each_round"),
        ("[lead_days]", "[[lead_days]]", "lead_days"),
        ("after_days = 14", "after_days = -1", "stages.escalated.after_days"),
        ("after_days = 14", "", "stages.escalated.after_days"),
        ("[stages.due]", "[stages.deu]", "stages.deu"),
        ("[stages.due]", "[stages.deu]", "stages.due"),
        ("[stages.ahead]\nroles = [", "[stages.ahead]\nroles = [1, ", "stages.ahead.roles"),
        ('roles = ["patient", "nurse"]', 'roles = ["patient", "nusre"]', "stages.ahead.roles"),
        ('roles = ["patient", "nurse"]', 'roles = "nurse"', "stages.ahead.roles"),
        ('roles = ["patient", "nurse"]', "", "stages.ahead.roles"),
        ("[stages.due]\n", "[stages.due]\nrepaet_days = 7\n", "stages.due.repaet_days"),
        ("repeat_days = 30", "repeat_days = 0", "warnings.caution.repeat_days"),
        ("repeat_days = 30", "repeat_days = 1.5", "warnings.caution.repeat_days"),
        ("acknowledgement_quiets_days = 90", "acknowledgement_quiets_days = -1",
         "warnings.caution.acknowledgement_quiets_days"),
        ("escalate_after_hours = 1  ", "escalate_after_hours = true  ",
         "warnings.emergency.escalate_after_hours"),
        ("escalate_after_hours = 1  ", "escalate_after_hour = 1  ",
         "warnings.emergency.escalate_after_hour"),
        ("[warnings.info]", "[warnings.infos]", "warnings.infos"),
        ("every_hours = 24", "every_hours = -1", "backup.every_hours"),
        ("keep = 14", "keep = 0", "backup.keep"),
        ("keep = 14", "", "backup.keep"),
        ('folder = ""', "folder = 3", "backup.folder"),
        ('ping_url = ""', 'ping_url = "ftp://x"', "service.ping_url"),
        ('ping_url = ""', "ping_url = 3", "service.ping_url"),
        ('ping_url = ""', 'ping_url = "http://"', "service.ping_url"),
        ('ping_url = ""', 'ping_url = "http://[::1"', "service.ping_url"),
        ('ping_url = ""', 'ping_url = "http://a b/"', "service.ping_url"),
        ('ping_url = ""', 'ping_url = "http://example.org:99999/"', "service.ping_url"),
        ('ping_url = ""', 'ping_urls = ""', "service.ping_urls"),
        ("[service]", "[servcie]", "servcie"),
        ("[service]", "[servcie]", "service"),
        ("[hours]", "[hour]", "hours"),
    ],
)  # fmt: skip
def test_each_mistake_is_named_by_its_key(right, wrong, key):
    assert right in SHIPPED

    faults = faults_of(SHIPPED.replace(right, wrong, 1))

    assert any(re.match(rf"policy\.toml: {re.escape(key)}[.:]", fault) for fault in faults), faults
    assert all("\n" not in fault for fault in faults)


def test_all_mistakes_are_named_at_once():
    wrong = SHIPPED.replace('"09:00"', '"x"').replace("[lead_days]", "[lead_days]\nseries = -1")

    assert len(faults_of(wrong.replace("keep = 14", "keep = 0"))) == 3


@pytest.mark.parametrize("content", ["[hours", "send_at = ", "\x00", "hours = 3", ""])
def test_what_is_no_policy_at_all_is_a_fault_and_no_crash(content):
    assert faults_of(content)


def test_a_file_that_cannot_be_read_is_refused(tmp_path):
    (tmp_path / "latin").write_bytes(b"\xe9")

    for path in (tmp_path / "none", tmp_path, tmp_path / "latin"):
        with pytest.raises(Refused, match="cannot read the policy"):
            policy.load(path)


def test_a_change_of_the_text_changes_the_digest():
    assert policy.load(None).digest != policy.parse(SHIPPED + "# x\n", "p").digest


# once a day, in every zone, at every change of the clocks

EARLY = replace(policy.load(None), send_at=time(2, 30))
USUAL = policy.load(None)


@cache
def transitions(zone: ZoneInfo) -> tuple[datetime, ...]:
    """Find the moments from 2024 to 2040 at which a zone's offset changes."""
    found = []
    moment, end, step = datetime(2024, 1, 1, tzinfo=UTC), datetime(2041, 1, 1, tzinfo=UTC), 9
    while moment < end:
        later = moment + timedelta(days=step)
        if moment.astimezone(zone).utcoffset() != later.astimezone(zone).utcoffset():
            low, high = moment, later
            while high - low > timedelta(minutes=1):
                middle = low + (high - low) / 2
                same = middle.astimezone(zone).utcoffset() == low.astimezone(zone).utcoffset()
                low, high = (middle, high) if same else (low, middle)
            found.append(high.replace(second=0, microsecond=0))
        moment = later
    return tuple(found)


def distinct_zones() -> list[ZoneInfo]:
    """Give a zone for each different run of clocks; aliases would only be asked again."""
    kept = {}
    for name in sorted(zoneinfo.available_timezones()):
        zone = ZoneInfo(name)
        kept.setdefault((transitions(zone), offsets(zone)), zone)
    return list(kept.values())


def offsets(zone: ZoneInfo) -> tuple[timedelta | None, ...]:
    moments = [datetime(2024, 1, 1, tzinfo=UTC), *transitions(zone)]
    return tuple((moment + timedelta(hours=1)).astimezone(zone).utcoffset() for moment in moments)


@pytest.mark.parametrize("rules", [USUAL, EARLY], ids=["at 09:00", "at 02:30"])
def test_every_local_day_has_its_messages_once_around_every_clock_change_until_2040(rules):
    for zone in distinct_zones():
        for change in transitions(zone):
            ticks = [change + timedelta(minutes=30 * n) for n in range(-60, 60)]
            seen: list[date] = []
            for tick in ticks:
                day = rules.routine_day(tick, zone)
                if day is not None and (not seen or seen[-1] != day):
                    seen.append(day)

            local = change.astimezone(zone).date()
            assert len(seen) == len(set(seen)), f"{zone} {change}: a day came twice"
            assert {local, local - timedelta(days=1)} <= {*seen, ticks[0].astimezone(zone).date()}
            assert all(b - a == timedelta(days=1) for a, b in itertools.pairwise(seen))


@pytest.mark.parametrize("rules", [USUAL, EARLY], ids=["at 09:00", "at 02:30"])
def test_the_next_sending_is_never_in_the_past_and_is_a_time_to_send(rules):
    for zone in distinct_zones():
        for change in transitions(zone)[:8]:
            for number in range(-50, 50, 3):
                now = change + timedelta(minutes=30 * number)

                coming = rules.next_sending(now, zone)

                assert now <= coming <= now + timedelta(hours=32)
                assert rules.routine_day(coming, zone) is not None, f"{zone} {now}"


def test_there_are_zones_and_changes_to_try():
    assert len(distinct_zones()) > 50
    assert sum(len(transitions(zone)) for zone in distinct_zones()) > 700


@pytest.mark.parametrize(
    ("local", "goes"),
    [("08:59:59", False), ("09:00:00", True), ("19:59:59", True), ("20:00:00", False)],
)
def test_routine_messages_go_out_from_the_hour_of_sending_to_the_quiet_hours(local, goes):
    now = datetime.fromisoformat(f"2024-05-05T{local}+00:00")

    assert (USUAL.routine_day(now, ZoneInfo("UTC")) is not None) is goes


def test_where_the_clock_is_put_back_past_the_hour_of_sending_it_comes_a_second_time():
    rules = replace(policy.load(None), send_at=time(1, 30))
    new_york = ZoneInfo("America/New_York")
    now = datetime(2025, 11, 2, 6, 10, tzinfo=UTC)  # 01:10 of winter time: 01:30 has been once

    coming = rules.next_sending(now, new_york)
    next_day = rules.next_sending(datetime(2025, 11, 2, 2, tzinfo=UTC), new_york)

    assert (coming, coming.tzinfo) == (datetime(2025, 11, 2, 6, 30, tzinfo=UTC), UTC)
    assert (next_day, next_day.tzinfo) == (datetime(2025, 11, 2, 5, 30, tzinfo=UTC), UTC)


@pytest.mark.parametrize(
    ("last", "now", "day"),
    [
        ("08T02:00", "09T02:00", "08"),
        ("08T23:00", "09T23:00", "09"),
        ("07T23:59", "09T01:59", "08"),
        ("07T23:58", "09T01:59", None),  # an outage, and not a night
        ("08T09:00", "09T02:00", None),  # it came in the hours of sending
        ("08T20:00", "09T02:00", None),  # no hours lie between them
        ("08T02:00", "08T09:00", None),  # now is one
    ],
)
def test_a_day_is_missed_where_its_hours_lie_between_two_passes_of_nights(last, now, day):
    zone = ZoneInfo("America/New_York")  # on the 9th its clocks go forward
    local = [datetime.fromisoformat(f"2025-03-{text}") for text in (last, now)]
    moments = [moment.replace(tzinfo=zone).astimezone(UTC) for moment in local]

    missed = USUAL.missed_day(*moments, zone)

    assert missed == (day and date(2025, 3, int(day)))
