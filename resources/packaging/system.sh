# Sourced by ./demo and ./check: installs the system packages that are missing, where it may.
# Needs: python3 with venv, make, a C compiler (or the ziglang wheel), PortAudio, Qt's libraries, eSpeak NG (or the espeakng-loader wheel).
missing=
command -v make >/dev/null 2>&1 || missing="$missing make"
command -v python3 >/dev/null 2>&1 || missing="$missing python3"
python3 -c 'import ensurepip, venv' >/dev/null 2>&1 || missing="$missing python3-venv"
command -v cc >/dev/null 2>&1 || command -v gcc >/dev/null 2>&1 || missing="$missing gcc libc6-dev"
command -v espeak-ng >/dev/null 2>&1 || missing="$missing espeak-ng"
ldconfig -p 2>/dev/null | grep -q libportaudio || missing="$missing libportaudio2"
# The window: what Qt links to, and what its xcb platform loads; the font where there is none of its name.
for library in EGL:libegl1 GL:libgl1 xkbcommon:libxkbcommon0 fontconfig:libfontconfig1 dbus-1:libdbus-1-3 \
    xcb-cursor:libxcb-cursor0 xcb-icccm:libxcb-icccm4 xcb-keysyms:libxcb-keysyms1 xkbcommon-x11:libxkbcommon-x11-0; do
    ldconfig -p 2>/dev/null | grep -q "lib${library%%:*}\.so" || missing="$missing ${library#*:}"
done
find /usr/share/fonts /usr/local/share/fonts "$HOME/.local/share/fonts" -name 'Inter*' 2>/dev/null | grep -q . || missing="$missing fonts-inter"
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
