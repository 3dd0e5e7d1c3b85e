import pytest

from scripts.stage_assets import FILES, stage


@pytest.fixture
def built(tmp_path):
    """A built nhsuk-frontend, in small."""
    source = tmp_path / "dist"
    (source / "assets" / "images").mkdir(parents=True)
    (source / "assets" / "images" / "cross.svg").write_text("<svg/>")
    for name in FILES:
        (source / name).write_text("a{b:url(/assets/images/cross.svg);c:url(https://assets.nhs.uk/f.woff)}")
    return source


def test_stage_names_pictures_from_the_style_sheet(built, tmp_path):
    stage(built, tmp_path / "static" / "nhsuk")

    styles = (tmp_path / "static" / "nhsuk" / "nhsuk-frontend.min.css").read_text()
    assert styles == "a{b:url(assets/images/cross.svg);c:url(https://assets.nhs.uk/f.woff)}"
    assert (tmp_path / "static" / "nhsuk" / "assets" / "images" / "cross.svg").read_text() == "<svg/>"


def test_stage_leaves_nothing_of_what_was_there(built, tmp_path):
    target = tmp_path / "static" / "nhsuk"
    target.mkdir(parents=True)
    (target / "old.css").write_text("")

    stage(built, target)

    assert sorted(path.name for path in target.iterdir()) == ["assets", *FILES]
    assert [path.name for path in target.parent.iterdir()] == ["nhsuk"]


def test_stage_keeps_what_was_there_when_the_source_is_not_whole(built, tmp_path):
    target = tmp_path / "static" / "nhsuk"
    target.mkdir(parents=True)
    (target / "kept.css").write_text("")
    (built / FILES[0]).unlink()

    with pytest.raises(FileNotFoundError):
        stage(built, target)

    assert [path.name for path in target.iterdir()] == ["kept.css"]
