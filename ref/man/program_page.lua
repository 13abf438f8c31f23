--- lua program_page.lua TEMPLATE DATE PROGRAM PAGE
--
-- A program's manual page. The template is mdoc by hand; what the program itself knows is asked of it:
--
--   @items ARGS [| BLOCK]   the flags (or commands) that `PROGRAM ARGS` lists; of one block alone, by the
--                           line above it
--   @commands               for each command that `PROGRAM --help` lists: what it is for, and its flags
--   @output ARGS            what `PROGRAM ARGS` prints
--   @DATE@                  the date of the release

local here = arg[0]:match "^(.*)/[^/]*$"
package.path = here .. "/?.lua"
local mdoc = require "mdoc"
local template_path, date, program, page_path = table.unpack(arg)

local function ask(arguments)
  local pipe <close> = assert(io.popen("'" .. program .. "' " .. arguments))
  local text = pipe:read "a"
  assert(pipe:close(), program .. " " .. arguments .. " fails")
  assert(text ~= "", program .. " " .. arguments .. " prints nothing")
  return text
end

--- The two columns of a help text: { title, text }, of the block below the line `block`, or of all.
local function read_items(text, block)
  local items, heading, open = {}, nil, nil
  for line in (text .. "\n"):gmatch "(.-)\n" do
    local title, words = line:match "^  (%S.-)  +(%S.*)$"
    local deeper = line:match "^%s%s%s%s%s+(%S.*)$"
    if title and (not block or heading == block) then
      open = { title, words }
      table.insert(items, open)
    elseif deeper and open then
      open[2] = open[2] .. " " .. deeper
    elseif not title then
      heading, open = line:match "%S" and line or heading, nil
    end
  end
  assert(#items > 0, program .. " lists nothing" .. (block and " under " .. block or ""))
  return items
end

local function title_of(title)
  return title:find "^%-" and mdoc.flags(title) or "Cm " .. mdoc.quote(title)
end

local directives = {}

function directives.items(rest)
  local arguments, block = rest:match "^(.-)%s*|%s*(.*)$"
  return mdoc.list(read_items(ask(arguments or rest), block), title_of)
end

function directives.commands()
  local lines = {}
  for _, command in ipairs(read_items(ask "--help")) do
    local help = ask(command[1] .. " --help")
    table.insert(lines, ".Ss " .. command[1])
    table.insert(lines, mdoc.prose(command[2]:sub(1, 1):upper() .. command[2]:sub(2) .. "."))
    table.insert(lines, mdoc.list(read_items(help), title_of))
  end
  return table.concat(lines, "\n")
end

function directives.output(arguments) return mdoc.literal(ask(arguments)) end

local lines = {}
for line in io.lines(template_path) do
  local name, rest = line:match "^@(%l+) ?(.*)$"
  table.insert(lines, name and directives[name](rest) or (line:gsub("@DATE@", date)))
end
local page <close> = assert(io.open(page_path, "w")) -- not sooner: a program that fails leaves no page behind
page:write(table.concat(lines, "\n"), "\n")
