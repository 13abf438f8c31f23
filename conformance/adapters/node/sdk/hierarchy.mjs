export function* nestedRequests() {}
