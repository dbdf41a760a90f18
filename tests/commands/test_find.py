"""Who is searched for is found, or it is said that nobody was, and who could not be read."""


def test_a_search_lists_whom_it_may_mean_and_says_where_there_is_nobody(clinic, monitor, ask):
    monitor("patient change P-1 --name 'Ann Example'")

    assert [one["id"] for one in ask("patient list --find 'exam 2.4.93'")[1]["patients"]] == ["P-1"]
    assert monitor("patient list --find Nemo") == (0, "no patient in the record fits 'Nemo'\n", "")
    assert monitor("patient list --find ' '")[::2] == (
        2, "monitor: --find: is empty; write for instance a name or a birth day\n",
    )  # fmt: skip


def test_who_cannot_be_read_may_be_meant_and_is_named(clinic, spoil, monitor):
    spoil("P-1")

    code, out, err = monitor("patient list --find 'Ann Example'")

    assert code == 1
    assert "NOT KNOWN  the record of P-1 is damaged" in out
    assert "the record of P-1 is damaged" in err


def test_an_unknown_patient_names_who_is_near_or_how_to_search(clinic, monitor):
    monitor("patient change P-1 --name 'Ann Example'")

    assert "did you mean P-1 (Ann Example, born 1993-04-02)?" in monitor("history P1")[2]
    assert monitor("history Nemo")[2] == (
        "monitor: no patient 'Nemo' in the record; search: monitor patient list --find TEXT; "
        "type: monitor patient add Nemo to register\n"
    )
