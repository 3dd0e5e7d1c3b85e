"""How an app on the left tells the apps on its right."""

from programmes.domain.announcements import Announcement


def test_subscribers_are_called_in_order_and_answer():
    announcement: Announcement[[int]] = Announcement()
    announcement.subscribe(lambda number: number + 1)
    announcement.subscribe(lambda number: number * 10)

    assert announcement(5) == [6, 50]


def test_a_subscriber_is_there_once():
    heard = []
    announcement: Announcement[[str]] = Announcement()

    announcement.subscribe(heard.append)
    announcement.subscribe(heard.append)
    announcement("news")

    assert heard == ["news"]


def test_nobody_need_listen():
    assert Announcement()() == []
