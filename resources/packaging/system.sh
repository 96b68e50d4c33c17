# Sourced by ./demo and ./check: installs the system packages that are missing, where it may.
# Needs: python3 with venv, make, a C compiler (or the ziglang wheel), PortAudio, eSpeak NG (or the espeakng-loader wheel).
missing=
command -v make >/dev/null 2>&1 || missing="$missing make"
command -v python3 >/dev/null 2>&1 || missing="$missing python3"
python3 -c 'import ensurepip, venv' >/dev/null 2>&1 || missing="$missing python3-venv"
command -v cc >/dev/null 2>&1 || command -v gcc >/dev/null 2>&1 || missing="$missing gcc libc6-dev"
command -v espeak-ng >/dev/null 2>&1 || missing="$missing espeak-ng"
ldconfig -p 2>/dev/null | grep -q libportaudio || missing="$missing libportaudio2"
if [ -n "$missing" ]; then
    if command -v apt-get >/dev/null 2>&1 && [ "$(id -u)" = 0 ]; then
        echo "Installing:$missing" >&2
        { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing; } >&2
    else
        echo "Some system packages are missing. If what follows fails, run: sudo apt-get install$missing" >&2
    fi
fi
command -v make >/dev/null 2>&1 && command -v python3 >/dev/null 2>&1 || {
    echo "make and python3 are needed: sudo apt-get install$missing" >&2
    exit 1
}
