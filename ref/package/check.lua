--- lua check.lua HEADER MAP ABI CODES LIBRARY
--
-- What the public header promises is kept:
--   * the library exports exactly the functions that the header declares, under the version of the map;
--   * the map, which is the committed list, names exactly those, and abi.c repeats the declaration of each;
--   * each function's comment says what its kind needs (see `rules`), and names no unknown error code.
-- Every fault is printed; the exit code is 1 if there was one.

package.path = arg[0]:match "^(.*)/[^/]*$" .. "/?.lua"
local header = require "header"
local header_path, map_path, abi_path, codes_path, library_path = table.unpack(arg)

local faults = 0
local function fault(...)
  print(string.format(...))
  faults = faults + 1
end

-- -- exports ----------------------------------------------------------------------------------------

local function names_of(functions)
  local names = {}
  for _, item in ipairs(functions) do names[item.name] = true end
  return names
end

--- The map's version and its names.
local function read_map(path)
  local file <close> = assert(io.open(path))
  local version, global = file:read("a"):match "([%w_]+) {%s*global:(.-)local:"
  local names = {}
  for name in global:gmatch "[%w_]+" do names[name] = true end
  return version, names
end

--- The functions that abi.c declares once more.
local function read_repeated(path)
  local names = {}
  for line in io.lines(path) do
    local name = line:match "^%l[%l ]*[ *]+(vmx_[%w_]+)%("
    if name then names[name] = true end
  end
  return names
end

--- What nm says that the library exports: name -> version, save the version's own symbol.
local function read_exports(path, version)
  local names = {}
  local nm <close> = assert(io.popen("nm -D --defined-only --with-symbol-versions '" .. path .. "'"))
  for line in nm:lines() do
    local kind, name = line:match "^%x+ (%a) (%S+)$"
    if name ~= version then names[name:match "^[^@]+"] = kind == "T" and name:match "@@(.*)$" or "none" end
  end
  return names
end

local function compare(what, has, owner, wanted)
  for name in pairs(has) do
    if not wanted[name] then fault("%s has %s, which %s has not", what, name, owner) end
  end
  for name in pairs(wanted) do
    if not has[name] then fault("%s lacks %s, which %s has", what, name, owner) end
  end
end

-- -- comments ---------------------------------------------------------------------------------------

local function takes(item, pattern)
  for _, argument in ipairs(item.arguments) do
    if argument:find(pattern) then return true end
  end
  return false
end

local function can_fail(item) return item.type == "int" and takes(item, "_error %*err$") end
local function gives(item) return takes(item, "struct %S+ %*%*") or item.type == "char *" end

-- Which functions need which part. That a `char **` is the caller's is said once, at the top of the header.
local rules = {
  { part = "Fails", applies = can_fail },
  { part = "Spec", applies = can_fail },
  { part = "Owns", applies = gives },
}

local function check_codes(item, known)
  for _, code in ipairs(header.codes(item.comment.parts.Fails or "")) do
    if not known[code] then fault("%s fails with %d, which is no code", item.name, code) end
  end
end

local function check_comment(item, known)
  local comment = item.comment
  if not comment then return fault("%s has no comment", item.name) end
  if #comment.paragraphs == 0 then fault("%s: nothing says what it does", item.name) end
  for _, rule in ipairs(rules) do
    if rule.applies(item) and not comment.parts[rule.part] then fault('%s has no "%s:"', item.name, rule.part) end
  end
  if can_fail(item) and #header.codes(comment.parts.Fails or "") == 0 then
    fault("%s names no code that it fails with", item.name)
  end
  check_codes(item, known)
end

-- -- all --------------------------------------------------------------------------------------------

local read = header.read(header_path)
local functions = header.functions(read)
local declared = names_of(functions)
local version, listed = read_map(map_path)
local exports = read_exports(library_path, version)
compare("the map", listed, "the header", declared)
compare("abi.c", read_repeated(abi_path), "the map", listed)
compare("the library", exports, "the map", listed)
for name, of in pairs(exports) do
  if of ~= version then fault("%s is exported as a function of %s, not of %s", name, of, version) end
end
local known = {}
for _, code in ipairs(header.all_codes(codes_path)) do known[code.number] = true end
for _, item in ipairs(read.items) do
  if item.kind ~= "function" and not item.comment then fault("%s %s has no comment", item.kind, item.name) end
end
for _, item in ipairs(functions) do check_comment(item, known) end
if faults > 0 then os.exit(1) end
print(string.format("%d functions, exported as %s, listed and documented", #functions, version))
