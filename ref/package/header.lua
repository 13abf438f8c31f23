--- Reads vmxsync.h: what it declares, and what its comments say.
--
-- header.read(path) gives { overview = comment, items = { item… }, notes = { [section] = comment } }, in the
-- header's order; a note is the plain comment below a section's rule: it holds for all of the section.
-- An item: kind ("function", "struct", "enum", "typedef"), name, declaration (without VMX_PUBLIC), comment,
-- section (the title of the rule above it); of a function also type and arguments.
-- A comment: paragraphs, and parts by label, as in "Fails: 2304 …".
--
-- It reads the project's own style, not C: comments of documentation begin with two stars and stand right
-- before what they are about; a section is a comment ruled with dashes.

local header = {}

header.labels = { "Owns", "Borrows", "Threads", "Fails", "Spec" }

local is_label = {}
for _, label in ipairs(header.labels) do is_label[label] = true end

local function read_file(path)
  local file <close> = assert(io.open(path))
  return file:read "a"
end

local function one_line(text) return (text:gsub("%s+", " "):match "^%s*(.-)%s*$") end

--- The text of a comment without its frame, a label at the start of its line.
local function unframe(text)
  text = text:gsub("^/%*+ ?", ""):gsub("%s*%*/$", ""):gsub("\n %* ?", "\n")
  return (text:gsub(" (%u%l+): ", function(label) return is_label[label] and "\n" .. label .. ": " end))
end

local function read_comment(text)
  local comment = { paragraphs = {}, parts = {} }
  local open -- the part that the next line continues
  local paragraph = {}
  local function close_paragraph()
    if #paragraph > 0 then table.insert(comment.paragraphs, table.concat(paragraph, "\n")) end
    paragraph, open = {}, nil
  end
  for line in (unframe(text) .. "\n"):gmatch "(.-)\n" do
    local label, rest = line:match "^(%u%l+):%s+(.*)$"
    if label and is_label[label] then
      close_paragraph()
      open = label
      comment.parts[label] = rest
    elseif line:match "^%s*$" then
      close_paragraph()
    elseif open then
      comment.parts[open] = comment.parts[open] .. " " .. line
    else
      table.insert(paragraph, line)
    end
  end
  close_paragraph()
  for label, part in pairs(comment.parts) do comment.parts[label] = one_line(part) end
  return comment
end

--- Where the declaration that begins at `from` ends: its semicolon outside of braces and comments.
local function declaration_end(text, from)
  local depth, at = 0, from
  while true do
    local found, _, what = text:find("([{};/])", at)
    assert(found, "a declaration has no end")
    at = found + 1
    if what == "{" then depth = depth + 1
    elseif what == "}" then depth = depth - 1
    elseif what == ";" and depth == 0 then return found
    elseif what == "/" and text:sub(at, at) == "*" then at = select(2, text:find("*/", at, true)) + 1
    end
  end
end

local function read_function(item)
  item.kind = "function"
  item.declaration = one_line(item.declaration:gsub("^VMX_PUBLIC%s+", ""))
  local type, name, arguments = item.declaration:match "^(.-)([%w_]+)%((.*)%);$"
  item.type, item.name, item.arguments = one_line(type), name, {}
  for argument in arguments:gmatch "[^,]+" do table.insert(item.arguments, one_line(argument)) end
  return item
end

local function read_declaration(text, comment, section)
  local item = { declaration = text, comment = comment, section = section }
  if text:find "^VMX_PUBLIC" then return read_function(item) end
  item.kind, item.name = text:match "^(%l+) ([%w_]+)"
  if item.kind == "typedef" then item.name = text:match "%(%*([%w_]+)%)" end
  return item
end

-- What may stand at the top level, by its first characters; anything else is a declaration.
local kinds = {
  { "^#", function(text, at) return text:find("\n", at, true) end },
  { '^extern "C" {', function(_, at) return at + #'extern "C" {' end },
  { "^}", function(_, at) return at end },
  { "^/%*", function(text, at) return select(2, text:find("*/", at, true)) end },
}

local function skip(text, at)
  for _, kind in ipairs(kinds) do
    if text:find(kind[1], at) then return kind[2](text, at) end
  end
end

function header.read(path)
  local text = read_file(path)
  local read = { items = {}, notes = {} }
  local at, comment, section = 1, nil, ""
  local ruled -- the last piece was a section's rule
  while true do
    at = text:find("%S", at)
    if not at then return read end
    local last = skip(text, at)
    local piece = text:sub(at, last or declaration_end(text, at))
    if piece:find "^/%*%*" then
      comment = read_comment(piece)
      read.overview = read.overview or comment
    elseif last then
      local title = piece:match "^/%* %-%-%-%- (.-) %-+ %*/$"
      if ruled and piece:find "^/%*" then read.notes[section] = read_comment(piece) end
      section, ruled, comment = title or section, title ~= nil, nil
    else
      table.insert(read.items, read_declaration(piece, comment, section))
      ruled, comment = false, nil
    end
    at = at + #piece
  end
end

--- The functions alone.
function header.functions(read)
  local functions = {}
  for _, item in ipairs(read.items) do
    if item.kind == "function" then table.insert(functions, item) end
  end
  return functions
end

--- The codes that a Fails part names, ranges (2000..2003) written out; W-10 is none.
function header.codes(fails)
  local codes = {}
  fails = fails:gsub("%u+%-%d+", "")
  for first, last in fails:gmatch "(%d+)%.%.(%d+)" do
    for code = tonumber(first) + 1, tonumber(last) - 1 do table.insert(codes, code) end
  end
  for code in fails:gmatch "%d+" do table.insert(codes, tonumber(code)) end
  return codes
end

--- The table of all codes: { { number, meaning }… }, from core/codes.h.
function header.all_codes(path)
  local codes = {}
  for number, meaning in read_file(path):gmatch 'X%([%u_]+, (%d+), [01], "(.-)"%)' do
    table.insert(codes, { number = tonumber(number), meaning = meaning })
  end
  assert(#codes > 0, "no codes in " .. path)
  return codes
end

return header
