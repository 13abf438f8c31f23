-- Questions to failures that several files ask.
local failures = {}

---The codes of a failed setup: its own at the top, and the services' errors inside 2332.
---@param result Result
---@return table<integer, boolean>
function failures.setup_codes(result)
  local codes = { [result.code or 0] = true }
  local services = result:user_info().failedObjectServices
  for _, failure in pairs(type(services) == "table" and services or {}) do
    if type(failure) == "table" and failure.code then codes[failure.code] = true end
  end
  return codes
end

return failures
