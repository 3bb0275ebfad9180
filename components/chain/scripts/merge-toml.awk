# Puts one-line settings over a TOML file: usage awk -f merge-toml.awk OVERRIDES DEFAULTS
#
# A key that the defaults have is replaced where it stands, also if its value goes over several lines; a key that they
# do not have is added at the end of its section, and a section likewise at the end. Comments stay.

function trim(text) {
  gsub(/^[ \t]+|[ \t\r]+$/, "", text)
  return text
}
# Name of the section that a line begins, or "".
function section_of(line) {
  line = trim(line)
  if (line !~ /^\[[^\[]/) return ""
  sub(/[ \t]*#.*$/, "", line)
  return substr(line, 2, length(line) - 2)
}
# Key of a line that sets one, or "".
function key_of(line) {
  line = trim(line)
  if (line ~ /^#/ || line !~ /^[A-Za-z0-9_.-]+[ \t]*=/) return ""
  sub(/[ \t]*=.*$/, "", line)
  return line
}
# Opening minus closing brackets, outside of strings and comments: above zero means that the value goes on.
function depth_of(text,    i, c, quoted, depth) {
  depth = 0
  quoted = 0
  for (i = 1; i <= length(text); i++) {
    c = substr(text, i, 1)
    if (c == "\\" && quoted) { i++; continue }
    if (c == "\"") quoted = !quoted
    else if (!quoted && c == "#") break
    else if (!quoted && c == "[") depth++
    else if (!quoted && c == "]") depth--
  }
  return depth
}
# Prints what a section still lacks.
function finish(name,    i) {
  for (i = 1; i <= count; i++)
    if (section[i] == name && !(i in done)) { print line_of[i]; done[i] = 1 }
}

FNR == 1 { file++; current = ""; open = 0 }

file == 1 {
  if (section_of($0) != "") { current = section_of($0); next }
  key = key_of($0)
  if (key == "") next
  if ((current SUBSEP key) in index_of) {
    printf "settings set %s twice in [%s]\n", key, current > "/dev/stderr"
    failed = 1
    exit 1
  }
  index_of[current, key] = ++count
  section[count] = current
  line_of[count] = $0
  next
}

{
  # The rest of a value over several lines: gone where it was replaced, as it is where it was kept.
  if (open > 0) {
    if (kept) print
    open += depth_of($0)
    next
  }
  if (trim($0) ~ /^\[/ && section_of($0) != "") {
    for (i = 1; i <= held; i++) pending[i] = hold[i]
    finish(current)
    for (i = 1; i <= held; i++) print pending[i]
    held = 0
    current = section_of($0)
    seen[current] = 1
    print
    next
  }
  # Blank lines and comments before a section belong to it: what is added comes before them.
  if (trim($0) == "" || trim($0) ~ /^#/) { hold[++held] = $0; next }
  for (i = 1; i <= held; i++) print hold[i]
  held = 0
  key = key_of($0)
  if (key != "") open = depth_of(substr($0, index($0, "=") + 1))
  kept = !((current SUBSEP key) in index_of)
  if (kept) { print; next }
  print line_of[index_of[current, key]]
  done[index_of[current, key]] = 1
}

END {
  if (failed) exit 1
  finish(current)
  for (i = 1; i <= held; i++) print hold[i]
  for (i = 1; i <= count; i++)
    if (!(i in done)) {
      printf "\n[%s]\n", section[i]
      finish(section[i])
    }
}
