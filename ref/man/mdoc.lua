--- Text as mdoc, the language of manual pages: whatever comes in is text, nothing of it is a command.

local mdoc = {}

local function escape(text) return (text:gsub("\\", "\\e")) end

local function shield(line) return line:find "^[.']" and "\\&" .. line or line end

-- Our comments mark code with `…` and write functions as name().
local function mark(text)
  text = text:gsub("`([^`]+)`", "\\fI%1\\fR")
  return (text:gsub("%f[%w_]([%a_][%w_]*)%(%)", "\\fB%1\\fR()"))
end

--- Prose: one sentence a line, as mdoc wants it. A sentence begins with a capital or a font change.
function mdoc.prose(text)
  text = mark(escape(text:gsub("%s+", " ")))
  text = text:gsub("([%w%)][.?!]) (%u)", "%1\n%2"):gsub("([%w%)][.?!]) (\\f)", "%1\n%2")
  return shield((text:gsub("\n([.'])", "\n\\&%1")))
end

--- Text whose lines stay as they are.
function mdoc.literal(text)
  local lines = {}
  for line in (text:gsub("%s+$", "") .. "\n"):gmatch "(.-)\n" do table.insert(lines, shield(escape(line))) end
  return ".Bd -literal\n" .. table.concat(lines, "\n") .. "\n.Ed"
end

--- An argument of a macro: quoted, so that no word of it is a macro.
function mdoc.quote(text) return '"' .. escape(text):gsub('"', '\\(dq') .. '"' end

--- The title of an item: words with a dash are flags, all others their arguments.
function mdoc.flags(title)
  local words = {}
  for word in title:gmatch "%S+" do
    local flag = word:match "^%-(.*)$"
    table.insert(words, flag and "Fl " .. escape(flag) or "Ar " .. escape(word))
  end
  return (table.concat(words, " "):gsub(",( ?)", " ,%1"))
end

--- A list of { title, text }; `macro` renders the title.
function mdoc.list(items, macro)
  local lines = { ".Bl -tag -width 8n" }
  for _, item in ipairs(items) do
    table.insert(lines, ".It " .. macro(item[1]))
    table.insert(lines, mdoc.prose(item[2]))
  end
  table.insert(lines, ".El")
  return table.concat(lines, "\n")
end

return mdoc
