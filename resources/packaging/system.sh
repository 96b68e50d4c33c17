# Sourced by ./demo and ./check: installs the system packages that are missing, where it may; else prints the one line to run.
# Needs: python3 (3.11) with venv and make; better with a C compiler (else the ziglang wheel), eSpeak NG (else the
# espeakng-loader wheel), PortAudio (else no microphone of this machine), and what Qt links to (else no window).
# With also=..., those commands are wanted too, as COMMAND:PACKAGE.
has() { command -v "$1" >/dev/null 2>&1; }
loads() { PATH="$PATH:/usr/sbin:/sbin" ldconfig -p 2>/dev/null | grep -q "lib$1\.so"; }
compiles() { has "$1" && printf '#include <string.h>\n' | "$1" -E - >/dev/null 2>&1; }

missing=
has make || missing="$missing make"
has python3 || missing="$missing python3"
python3 -c 'import ensurepip, venv' >/dev/null 2>&1 || missing="$missing python3-venv"
compiles cc || compiles gcc || missing="$missing gcc libc6-dev"
has espeak-ng || missing="$missing espeak-ng"
for library in portaudio:libportaudio2 EGL:libegl1 GL:libgl1 xkbcommon:libxkbcommon0 fontconfig:libfontconfig1 \
    dbus-1:libdbus-1-3 xcb-cursor:libxcb-cursor0 xcb-icccm:libxcb-icccm4 xcb-keysyms:libxcb-keysyms1 \
    xkbcommon-x11:libxkbcommon-x11-0; do
    loads "${library%%:*}" || missing="$missing ${library#*:}"
done
find /usr/share/fonts /usr/local/share/fonts "${HOME:-/root}/.local/share/fonts" -name 'Inter*' 2>/dev/null | grep -q . ||
    missing="$missing fonts-inter"
for command in ${also:-}; do
    has "${command%%:*}" || missing="$missing ${command#*:}"
done

if [ -n "$missing" ]; then
    root=none
    if [ "$(id -u)" = 0 ]; then root=; elif sudo -n true 2>/dev/null; then root=sudo; fi
    if has apt-get && [ "$root" != none ]; then
        echo "Installing:$missing" >&2
        { $root apt-get update -qq && $root env DEBIAN_FRONTEND=noninteractive \
            apt-get install -y -qq --no-install-recommends $missing; } >&2 || echo "Not all could be installed." >&2
    else
        echo "Some system packages are missing. If what follows fails, run: sudo apt-get install$missing" >&2
    fi
fi

has make && has python3 || {
    echo "make and python3 are needed. Run: sudo apt-get install$missing" >&2
    exit 1
}
python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' || {
    echo "Python 3.11 or newer is needed; this is $(python3 --version). Install a newer one and put it first on the PATH." >&2
    exit 1
}
