--- lua public_header.lua vmxsync.h base/error.h base/clock.h OUT
--
-- The header as it is installed: one file, one prefix. Inside the project vmxsync.h shares two structs with
-- the rest, base_error and base_clock; a program that embeds the library gets them as vmx_error and
-- vmx_clock, in the place of the two #include lines, and finds no file but this one.

local function read(path)
  local file <close> = assert(io.open(path))
  return file:read "a"
end

--- The struct with the comment before it; functions of that header are not the library's.
local function struct(path, name)
  local found = read(path):match("\n(/%*%*[^\n]*%*/\nstruct " .. name .. " {.-\n};\n)")
  return assert(found, path .. " has no struct " .. name .. " with a comment")
end

local structs = struct(arg[2], "base_error") .. "\n" .. struct(arg[3], "base_clock")
local text, count = read(arg[1]):gsub('#include "base/clock%.h"\n#include "base/error%.h"\n', function() return structs end)
assert(count == 1, arg[1] .. " does not include the two headers of base")
text = text:gsub("%f[%w_]base_(%l+)%f[^%w_]", "vmx_%1")
assert(not text:find '#include "', "a header of the project is left")
local out <close> = assert(io.open(arg[4], "w"))
out:write(text)
