"""What the recorder asks of Asterisk, and what it does when nothing can be recorded."""

from pathlib import Path

from telemarket.asterisk.ami.errors import AmiError
from telemarket.calls.recordings import Recorder

PATH = "2026/11/22/1.1.wav"


class Asked:
    """Takes down what is asked; refuses it if told to."""

    def __init__(self, refuse: bool = False) -> None:
        self.actions: list[tuple[str, ...]] = []
        self.refuse = refuse

    async def mix_monitor(self, channel: str, file: str, options: str = "") -> None:
        self._take("record", channel, file, options)

    async def mix_monitor_mute(self, channel: str, *, muted: bool, direction: str = "both") -> None:
        self._take("mute" if muted else "unmute", channel, direction)

    async def stop_mix_monitor(self, channel: str) -> None:
        self._take("stop", channel)

    def _take(self, *action: str) -> None:
        if self.refuse:
            raise AmiError("AMI: no such channel.")
        self.actions.append(action)


STEREO = ("record", "1.1", "", "ar(/pbx/2026/11/22/1.1.customer.wav)t(/pbx/2026/11/22/1.1.operator.wav)")


async def test_it_records_where_the_pbx_sees_the_folder(tmp_path: Path) -> None:
    ami = Asked()
    recorder = Recorder(ami, tmp_path, "/pbx", 0)
    await recorder.record("1.1", PATH, stereo=True)
    await recorder.record("1.2", PATH, stereo=False)
    assert ami.actions == [STEREO, ("record", "1.2", "/pbx/2026/11/22/1.1.wav", "a")]
    assert (tmp_path / PATH).parent.is_dir()


async def test_a_renewed_recording_goes_on_in_the_same_files(tmp_path: Path) -> None:
    ami = Asked()
    await Recorder(ami, tmp_path, "/pbx", 0).renew("1.1", PATH, stereo=True)
    assert ami.actions == [("stop", "1.1"), STEREO]


async def test_a_folder_that_was_taken_away_is_made_again_after_the_first_failure(tmp_path: Path) -> None:
    ami = Asked()
    recorder, folder = Recorder(ami, tmp_path, "", 0), (tmp_path / PATH).parent
    await recorder.record("1.1", PATH)
    folder.rmdir()
    ami.refuse = True
    await recorder.record("1.2", PATH)
    ami.refuse = False
    await recorder.record("1.3", PATH)
    assert folder.is_dir()


async def test_a_full_disk_stops_recordings_only_if_told_so(tmp_path: Path) -> None:
    more_than_there_is = 1 << 40
    for stop, recorded in ((True, 0), (False, 1)):
        ami = Asked()
        recorder = Recorder(ami, tmp_path, "", more_than_there_is, stop_when_full=stop)
        assert recorder.short_of_space()
        await recorder.record("1.1", PATH)
        assert (len(ami.actions), recorder.failures) == (recorded, 1 - recorded)


async def test_whatever_fails_is_counted_and_raises_nothing(tmp_path: Path) -> None:
    recorder = Recorder(Asked(refuse=True), tmp_path, "", 0)
    await recorder.record("1.1", PATH)
    await recorder.pause("1.1", True)
    await recorder.renew("1.1", PATH)
    await recorder.stop("1.1")
    assert recorder.failures == 4


async def test_a_folder_that_asterisk_could_misread_is_refused(tmp_path: Path) -> None:
    ami = Asked()
    recorder = Recorder(ami, tmp_path, "/pbx)t(/etc", 0)
    await recorder.record("1.1", PATH, stereo=True)
    assert (ami.actions, recorder.failures) == ([], 1)
