--- lua library_pages.lua HEADER CODES EXAMPLE DATE FOLDER
--
-- The pages of section 3, from the comments of the public header: libvmxsync.3, and one for each call.
-- The table of error codes comes from core/codes.h, the example is the program EXAMPLE.

local here = arg[0]:match "^(.*)/[^/]*$"
package.path = here .. "/?.lua;" .. here .. "/../package/?.lua"
local header = require "header"
local mdoc = require "mdoc"
local header_path, codes_path, example_path, date, folder = table.unpack(arg)

local read = header.read(header_path)
local functions = header.functions(read)

-- -- pieces of a page -------------------------------------------------------------------------------

local function write_page(name, lines)
  local file <close> = assert(io.open(folder .. "/" .. name .. ".3", "w"))
  local head = { ".Dd " .. date, ".Dt " .. name:upper() .. " 3", ".Os" }
  file:write(table.concat(head, "\n"), "\n", table.concat(lines, "\n"), "\n")
end

--- What stands beside the name: the first clause of the comment.
local function summary(comment)
  local first = comment.paragraphs[1]:gsub("\n", " "):gsub("`", "")
  first = first:match "^(.-)[.:;,]%f[%s\0]" or first:match "^(.-)[.:;]?$"
  return first:sub(1, 1):lower() .. first:sub(2)
end

--- Paragraphs; one whose lines are all indented is a drawing.
local function add_paragraphs(lines, paragraphs)
  for i, paragraph in ipairs(paragraphs) do
    local drawing = not ("\n" .. paragraph):find "\n[^ ]"
    if drawing then table.insert(lines, mdoc.literal(paragraph))
    else
      if i > 1 then table.insert(lines, ".Pp") end
      table.insert(lines, mdoc.prose(paragraph))
    end
  end
end

local function add_part(lines, title, text, more)
  if not text and not more then return end
  table.insert(lines, ".Ss " .. title)
  if text then table.insert(lines, mdoc.prose(text:sub(1, 1):upper() .. text:sub(2))) end
  if more then table.insert(lines, mdoc.prose(more)) end
end

-- What stands in a Fails part that tells of the failure callback too, between the two.
local through_callback = "%.? Through the callback: "

local meanings = {}
for _, code in ipairs(header.all_codes(codes_path)) do meanings[tostring(code.number)] = code.meaning end

--- "2304 a callback is missing; 2401 no name, 2406 no such service" as pairs; a code without words of its own
--- gets those of the table.
local function failures(fails)
  local items = {}
  fails = fails:gsub("%.$", ""):gsub("(%a), (%d%d%d%d %l)", "%1; %2")
  for clause in (fails .. ";"):gmatch "%s*(.-);" do
    local codes, words = clause:match "^([%d,%. ]*%d)%s*(.*)$"
    if codes then table.insert(items, { codes, words ~= "" and words or meanings[codes] or "" })
    else items[#items][2] = items[#items][2] .. "; " .. clause end
  end
  return items
end

local function add_errors(lines, fails)
  local from, to = fails:find(through_callback)
  table.insert(lines, ".Sh ERRORS\n" .. mdoc.list(failures(fails:sub(1, (from or 0) - 1)), mdoc.quote))
  if not from then return end
  table.insert(lines, ".Pp\nThe failure callback tells:\n" .. mdoc.list(failures(fails:sub(to + 1)), mdoc.quote))
end

-- -- a page for each call ---------------------------------------------------------------------------

local function add_synopsis(lines, item)
  table.insert(lines, ".Sh SYNOPSIS\n.In vmxsync/vmxsync.h\n.Ft " .. mdoc.quote(item.type))
  local arguments = {}
  for _, argument in ipairs(item.arguments) do table.insert(arguments, mdoc.quote(argument)) end
  table.insert(lines, ".Fo " .. item.name)
  for _, argument in ipairs(arguments) do table.insert(lines, ".Fa " .. argument) end
  table.insert(lines, ".Fc")
end

local is_function = {}
for _, item in ipairs(functions) do is_function[item.name] = true end

local function add_see_also(lines, item)
  local seen, names = { [item.name] = true }, {}
  local text = table.concat(item.comment.paragraphs, " ") .. (item.comment.parts.Owns or "")
  for name in text:gmatch "(vmx_[%w_]+)%(%)" do
    if is_function[name] and not seen[name] then table.insert(names, name) end
    seen[name] = true
  end
  table.insert(names, "libvmxsync")
  table.sort(names)
  table.insert(lines, ".Sh SEE ALSO")
  for i, name in ipairs(names) do table.insert(lines, ".Xr " .. name .. " 3" .. (i < #names and " ," or "")) end
end

local function call_page(item)
  local parts = item.comment.parts
  local lines = { ".Sh NAME\n.Nm " .. item.name .. "\n.Nd " .. summary(item.comment) }
  add_synopsis(lines, item)
  table.insert(lines, ".Sh DESCRIPTION")
  add_paragraphs(lines, item.comment.paragraphs)
  if read.notes[item.section] then
    table.insert(lines, ".Pp\nWhat holds for all calls of its kind is in\n.Xr libvmxsync 3 .")
  end
  add_part(lines, "Ownership", parts.Owns, parts.Borrows and "Borrowed: " .. parts.Borrows)
  add_part(lines, "Threads", parts.Threads or "The driving thread of the client.")
  if parts.Fails then
    table.insert(lines, ".Sh RETURN VALUES\n0, or an error code: then\n.Fa err\nis filled, if it is not\n.Dv NULL .")
    add_errors(lines, parts.Fails)
  end
  add_see_also(lines, item)
  if parts.Spec then table.insert(lines, ".Sh STANDARDS\n" .. mdoc.prose("Requirements " .. parts.Spec:gsub("%.$", "") .. " of foundrycheck's catalogue.")) end
  write_page(item.name, lines)
end

-- -- the page of the library ------------------------------------------------------------------------

local function add_overview(lines)
  local plain = {}
  local parts = { { "Threads", read.overview.parts.Threads } }
  for i, paragraph in ipairs(read.overview.paragraphs) do
    local title, text = paragraph:match "^(%u%l+): (.*)$"
    if title then table.insert(parts, { title, text }) elseif i > 1 then table.insert(plain, paragraph) end
  end
  add_paragraphs(lines, plain)
  for _, part in ipairs(parts) do add_part(lines, part[1], part[2]) end
end

local function add_note(lines, note)
  if not note then return end
  add_paragraphs(lines, note.paragraphs)
  if note.parts.Fails then table.insert(lines, mdoc.list(failures(note.parts.Fails), mdoc.quote)) end
end

local function add_calls(lines)
  local section
  table.insert(lines, ".Sh CALLS")
  for i, item in ipairs(functions) do
    if item.section ~= section or i == 1 then
      if i > 1 then table.insert(lines, ".El") end
      local title = item.section == "" and "Opening and closing" or item.section
      table.insert(lines, ".Ss " .. title:sub(1, 1):upper() .. title:sub(2))
      add_note(lines, read.notes[item.section])
      table.insert(lines, ".Bl -tag -width 8n")
    end
    section = item.section
    table.insert(lines, ".It Xr " .. item.name .. " 3\n" .. mdoc.prose(summary(item.comment)))
  end
  table.insert(lines, ".El")
end

local function add_types(lines)
  table.insert(lines, ".Sh TYPES")
  for _, item in ipairs(read.items) do
    if item.kind ~= "function" then
      local title = item.kind == "typedef" and item.name or item.kind .. " " .. item.name
      table.insert(lines, ".Ss " .. title)
      add_paragraphs(lines, item.comment.paragraphs)
      table.insert(lines, mdoc.literal(item.declaration:gsub("/%*%*<", "/*")))
    end
  end
end

local function library_page()
  local name, words = read.overview.paragraphs[1]:match "^(%w+): (.-)%.?$"
  local lines = { ".Sh NAME\n.Nm lib" .. name .. "\n.Nd " .. words:gsub("\n", " ") }
  table.insert(lines, ".Sh SYNOPSIS\n.In vmxsync/vmxsync.h\n.Pp\n.Li cc app.c $(pkg-config --cflags --libs vmxsync)")
  table.insert(lines, ".Sh DESCRIPTION")
  add_overview(lines)
  add_calls(lines)
  add_types(lines)
  local example <close> = assert(io.open(example_path))
  table.insert(lines, ".Sh EXAMPLES\n" .. mdoc.literal(example:read "a"))
  local codes = {}
  for _, code in ipairs(header.all_codes(codes_path)) do
    table.insert(codes, { tostring(code.number), code.meaning })
  end
  table.insert(lines, ".Sh ERRORS\n" .. mdoc.list(codes, mdoc.quote))
  table.insert(lines, ".Sh SEE ALSO\n.Xr foundry-mock 1 ,\n.Xr vmxsync 1")
  write_page("lib" .. name, lines)
end

library_page()
for _, item in ipairs(functions) do call_page(item) end
