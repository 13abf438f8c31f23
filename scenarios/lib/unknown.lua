-- Uploads whose outcome the client cannot know: the faults after which an upload cache must replay.
-- Each strikes with a rule; `executed` tells whether the back end did its work before the answer was lost.
-- None of them needs the client's clock: what a real time-out does is in the scenarios tagged "hang".
local unknown = {
  { name = "HTTP 504 before storing", executed = false, strike = function(rule) return rule:status(504) end },
  { name = "HTTP 504 after storing", executed = true, strike = function(rule) return rule:store():status(504) end },
  { name = "HTTP 408 after storing", executed = true, strike = function(rule) return rule:store():status(408) end },
}

return unknown
