-- One wide table with many rows: pages, memory, and what an app's lists do with them.
--   foundry-mock --model large [--rows N] [--seed S]             N rows (default: 10000)
local inventory = server:service("Inventory", { uploadCache = true })

local articles = inventory:object("Article", {
  key = { "ArticleId" },
  softdelete_field = "Deleted",
  fields = {
    { name = "ArticleId", datatype = "number", nullable = false, auto_generated = true },
    { name = "Code", datatype = "string", nullable = false, length = 20 },
    { name = "ArticleName", datatype = "string", nullable = false, length = 100 },
    { name = "Price", datatype = "number", nullable = false },
    { name = "Stock", datatype = "number", nullable = true },
    { name = "Serial", datatype = "number", nullable = true },
    { name = "Available", datatype = "boolean", nullable = false },
    { name = "ListedOn", datatype = "date", nullable = true },
    { name = "Remark", datatype = "string", nullable = true, length = 200 },
    { name = "Deleted", datatype = "boolean", nullable = false },
  },
})

articles:generate {
  count = server.options.rows or 10000, seed = server.options.seed,
  columns = { ArticleName = "product", Stock = { min = 0, max = 500 }, Serial = "large", Remark = "unicode" },
}
