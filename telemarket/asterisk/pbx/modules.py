"""The Asterisk modules a Telemarket PBX needs: few, so that it starts in a second."""

from pathlib import Path

CORE = """
res_timing_timerfd pbx_config res_sorcery_config res_sorcery_memory res_sorcery_astdb
res_http_websocket res_websocket_client res_musiconhold res_speech res_agi res_audiosocket
"""
SIP = """
res_pjproject res_pjsip res_pjsip_pubsub res_pjsip_session res_pjsip_sdp_rtp res_pjsip_registrar res_pjsip_nat
res_pjsip_acl res_pjsip_authenticator_digest res_pjsip_outbound_authenticator_digest res_pjsip_caller_id
res_pjsip_diversion res_pjsip_dtmf_info res_pjsip_empty_info res_pjsip_dlg_options res_pjsip_rfc3326 res_pjsip_refer
res_pjsip_logger res_pjsip_header_funcs res_pjsip_endpoint_identifier_user res_pjsip_endpoint_identifier_ip
res_pjsip_transport_websocket chan_pjsip res_rtp_asterisk res_srtp
"""
ARI = """
res_stasis res_stasis_answer res_stasis_playback res_stasis_recording res_stasis_snoop res_stasis_broadcast
app_stasis app_stasis_broadcast res_ari res_ari_model res_ari_applications res_ari_asterisk res_ari_bridges
res_ari_channels res_ari_endpoints res_ari_events res_ari_playbacks res_ari_recordings res_ari_sounds
"""
DIALPLAN = """
app_amd app_audiosocket app_chanspy app_dial app_echo app_mixmonitor app_playback app_playtones app_queue app_verbose
func_callerid func_cdr func_channel func_dialplan func_global func_logic func_strings
bridge_simple bridge_native_rtp bridge_softmix bridge_holding bridge_builtin_features
chan_bridge_media res_cdrel_custom cdr_custom
"""
MEDIA = """
codec_ulaw codec_alaw codec_a_mu codec_g722 codec_gsm codec_resample codec_opus codec_opus_open_source
res_format_attr_opus format_pcm format_wav format_sln format_gsm
"""


def needed_modules(folder: Path) -> list[str]:
    """File names of the modules to load, in order, of those `folder` has: versions and builds differ."""
    names = [f"{name}.so" for name in (CORE + SIP + ARI + DIALPLAN + MEDIA).split()]
    return [name for name in names if (folder / name).exists()]
