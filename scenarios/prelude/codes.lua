-- Classes of error codes: what a failure may carry when pages and clients agree on the class alone (NET-01).

local codes = {}

codes.CLASSES = {
  timeout = { 2031, 2032 },
  refused = { 2034, 2031, 2030 },
  host = { 2035, 2031, 2030 },
  tls = { 2033, 2031, 2030 },
  broken = { 2030, 2031, 2032, 2037, 2038 }, -- a connection or an answer cut short
  network = { 2030, 2031, 2032, 2033, 2034, 2035, 2036, 2039 },
  not_json = { 2037 },
  server = { 2038, 2473, 2474 }, -- 2473 for uploads, 2474 for downloads
  http = { 2030, 2031, 2032, 2037, 2038 },
  replay = { 2476, 2038, 2044 },
  options = { 2482, 2477, 2472, 2030, 2304 },
  cancelled = { 2478 },
  running = { 2461 },
  not_set_up = { 2483 },
  identity = false, -- any code (API-08)
}

---Time-outs are HTTP 504 answers in this scenario: what such an answer may end in is right, too.
function codes.time_outs_are_answers()
  local class = {}
  for _, name in ipairs { "timeout", "http" } do
    for _, code in ipairs(codes.CLASSES[name]) do
      if not codes.is_among(code, class) then class[#class + 1] = code end
    end
  end
  codes.CLASSES.timeout = class
end

---@param wanted integer|integer[]|string  a code, a list of codes or the name of a class
---@return integer[]|nil list  nil = any code
---@return string text
function codes.wanted(wanted)
  if type(wanted) == "number" then return { wanted }, tostring(wanted) end
  if type(wanted) == "table" then return wanted, table.concat(wanted, " or ") end
  local class = codes.CLASSES[wanted]
  if class == nil then error("no class of codes is called \"" .. tostring(wanted) .. "\"", 0) end
  if class == false then return nil, wanted .. " (any code)" end
  return class, wanted .. " (" .. table.concat(class, " or ") .. ")"
end

function codes.is_among(code, list)
  for _, wanted in ipairs(list) do
    if code == wanted then return true end
  end
  return false
end

return codes
