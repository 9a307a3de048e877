"""Installing what Telemarket says: everything in every language, once, and nobody's own recordings are touched."""

import shutil
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telemarket.asterisk.pbx.instance import Instance
from telemarket.core.errors import ConfigurationError
from telemarket.core.settings import SoundSettings
from telemarket.sounds import phrases
from telemarket.sounds.audio import samples_of, seconds_of
from telemarket.sounds.catalog import phrases as catalog
from telemarket.sounds.errors import SoundsError, SpeechUnavailable
from telemarket.sounds.install import Installer, Work
from telemarket.sounds.recorded import find
from telemarket.sounds.speech import Speech
from tests.integration.sounds.audio import loudness, make_wav

COMMAND = SoundSettings().speech_command
EVERY = sum(len(catalog(language)) for language in phrases.LANGUAGES)
LANGUAGES = st.sampled_from([*phrases.LANGUAGES, "pl"])


def exists(folder: Path, names: phrases.Names) -> bool:
    return all(list(folder.glob(f"{name}.*")) for name in names)


def install(installer: Installer, language: str) -> Work:
    work = installer.plan([language])
    for _ in installer.carry_out(work):
        pass
    return work


@pytest.fixture
def recorded(tmp_path: Path) -> Path:
    """Asterisk's folder of sounds with some of a Russian set."""
    voice = tmp_path / "asterisk/ru_RU_f_Voice"
    (voice / "digits").mkdir(parents=True)
    for number, name in enumerate(("queue-thereare", "digits/7", "queue-callswaiting"), start=1):
        (voice / f"{name}.wav").write_bytes(make_wav(number / 10, rate=8000, channels=1))
    (voice / "goodbye.gsm").write_bytes(bytes(33))
    return tmp_path / "asterisk"


@given(language=LANGUAGES, place=st.integers(), seconds=st.floats(), number=st.text("+0123456789 -", max_size=15))
def test_whatever_is_planned_can_be_played(
    sounds_folder: Path, language: str, place: int, seconds: float, number: str
) -> None:
    assert exists(sounds_folder, phrases.position(language, place))
    assert exists(sounds_folder, phrases.expected_wait(language, seconds))
    assert exists(sounds_folder, phrases.callback_confirm(language, number))


@pytest.mark.parametrize("language", phrases.LANGUAGES)
def test_every_phrase_of_the_catalog_is_there(sounds_folder: Path, language: str) -> None:
    assert exists(sounds_folder, tuple(f"{language}/{name}" for name in catalog(language)))


def test_asterisks_own_english_is_used(sounds_folder: Path, pbx: Instance) -> None:
    sets = [pbx.asterisk.data / "sounds"] if pbx.asterisk.data else []
    recording = find(sets, "en", catalog("en")["position-23"].recordings)
    assert (sounds_folder / f"en/position-23.{recording.format if recording else 'wav'}").exists()
    assert (sounds_folder / "uk/position-23.wav").exists()


def test_speech_is_sound_of_a_sensible_length(sounds_folder: Path) -> None:
    for language in phrases.LANGUAGES:
        spoken = (sounds_folder / language / "callback-promised.wav").read_bytes()
        assert 3 < seconds_of(spoken) < 15
        assert loudness(spoken) > 500


@pytest.fixture
def installed(sounds_folder: Path, tmp_path: Path) -> Path:
    """Everything, in a folder of the test's own."""
    return shutil.copytree(sounds_folder, tmp_path / "installed")


def test_what_is_there_is_not_made_again(installed: Path, pbx: Instance) -> None:
    installer = Installer(installed, Speech(COMMAND), [pbx.asterisk.data / "sounds"] if pbx.asterisk.data else [])
    again = installer.plan()
    assert (again.tasks, again.current, installer.missing()) == ([], EVERY, [])

    (installed / "uk/closed.wav").unlink()
    assert installer.missing() == ["uk/closed"]
    assert [task.name for task in installer.install().tasks] == ["closed"]
    assert installer.missing() == []


def test_another_voice_replaces_speech_and_leaves_own_recordings(installed: Path) -> None:
    mine = make_wav(rate=8000, channels=1)
    (installed / "uk/closed.wav").write_bytes(mine)
    (installed / "uk/goodbye.alaw").write_bytes(mine)
    work = Installer(installed, Speech(f"{COMMAND} -p 20")).plan(["uk"])
    assert work.own == 2
    assert not {"closed", "goodbye"} & {task.name for task in work.tasks}
    assert len(work.tasks) == len(catalog("uk")) - 2
    assert (installed / "uk/closed.wav").read_bytes() == mine


def test_a_phrase_is_joined_from_recordings_when_there_are_all(tmp_path: Path, recorded: Path) -> None:
    folder = tmp_path / "sounds"
    install(Installer(folder, Speech(COMMAND)), "ru")
    work = install(Installer(folder, Speech(COMMAND), [recorded]), "ru")
    assert {(task.language, task.name) for task in work.tasks} == {
        ("ru", "position-7"),
        ("ru", "digit-7"),
        ("ru", "goodbye"),
    }
    joined = (folder / "ru/position-7.wav").read_bytes()
    assert seconds_of(joined) == pytest.approx(0.6)
    assert samples_of(joined).startswith(samples_of(make_wav(0.1, rate=8000, channels=1)))
    assert (folder / "ru/goodbye.gsm").read_bytes() == bytes(33)
    assert not (folder / "ru/goodbye.wav").exists()  # Asterisk would choose between two


def test_without_a_speech_program_the_remedy_is_told(tmp_path: Path) -> None:
    with pytest.raises(SpeechUnavailable, match=r"nosuch cannot be started.*\[sounds\] speech_command"):
        Installer(tmp_path, Speech("nosuch {language}")).install()
    with pytest.raises(SpeechUnavailable, match="failed"):
        Installer(tmp_path, Speech("false")).install()


def test_what_was_made_before_a_failure_counts(tmp_path: Path) -> None:
    installer = Installer(tmp_path, Speech(COMMAND))
    steps = installer.carry_out(installer.plan(["uk"]))
    for _ in range(5):
        next(steps)
    steps.close()
    assert installer.plan(["uk"]).current == 5


def test_a_folder_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(SoundsError, match="cannot be installed"):
        Installer(tmp_path / "file", Speech(COMMAND)).install()
    (tmp_path / "uk").mkdir()
    (tmp_path / "uk/.installed.json").write_text("{")
    with pytest.raises(SoundsError, match="Remove the file"):
        Installer(tmp_path, Speech(COMMAND)).plan()


@pytest.mark.parametrize("command", ["", "   ", "speak 'unfinished"])
def test_a_command_that_is_none_is_refused(command: str) -> None:
    with pytest.raises(ConfigurationError, match="speech_command"):
        Speech(command)


def test_no_text_is_taken_for_options_or_shell(tmp_path: Path) -> None:
    spoken = Speech(COMMAND).speak(f"--help; touch {tmp_path}/owned $(touch {tmp_path}/owned)", "en")
    assert spoken.startswith(b"RIFF")
    assert not list(tmp_path.iterdir())
