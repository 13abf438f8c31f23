-- Answers to nested uploads: nested or flat, rejected, partial, lost (HIE-02, UPL-07..UPL-09, UPC-02).
local lib = require "lib.orders"

local NEEDS = { "localCrud", "hierarchy" }

local function create_order(app)
  local order = app:create("Order", { Title = "order" })
  local item = app:create("Item", { Title = "item", OrderId = order.OrderId })
  app:create("Item", { Title = "second", OrderId = order.OrderId })
  return order, item
end

scenario "an answer may be flat although the request was nested" {
  covers = { "HIE-02", "UPL-06" },
  needs = NEEDS,
  run = function(t)
    local book = lib.book(t)
    local app = t:app():setup()
    create_order(app)
    book.service:on_upload():flat()
    local result = app:sync(lib.upload_only)
    t.expect(result):succeeds()
    t.expect(result:sync_errors()):count(0)
    local order = t.expect(book.orders:rows()):at(1)
    t.expect(app:rows("Order")):equals { { OrderId = order.OrderId } }
    t.expect(app:rows("Item"), "UPL-06"):equals { { Title = "item", OrderId = order.OrderId }, { Title = "second", OrderId = order.OrderId } }
    t.expect(app:pending("Item")):count(0)
  end,
}

scenario "a rejected child stays pending, its parent and its sister are stored" {
  covers = { "UPL-07" },
  needs = NEEDS,
  run = function(t)
    local book = lib.book(t)
    local app = t:app():setup()
    local _, item = create_order(app)
    local refusal = book.service:on_upload():reject { where = { Title = "item" }, opstatus = 20006, errmsg = "no" }
    t.expect(app:sync(lib.upload_only):sync_errors()):count(1)
    t.expect(book.orders:rows()):equals { { Title = "order" } }
    t.expect(book.items:rows(), "UPL-07/pending"):equals { { Title = "second" } }
    t.expect(app:pending("Item"), "UPL-07/pending"):count(1)
    t.expect(app:pending("Order"), "UPL-07/pending"):count(0)
    refusal:lift()
    app:update("Item", item, { Title = "changed" })
    t.expect(app:sync()):succeeds()
    t.expect(book.items:rows()):equals {
      { Title = "second" }, { Title = "changed", OrderId = t.expect(book.orders:rows()):at(1).OrderId },
    }
  end,
}

scenario "a rejected parent stays pending with its children, and all of them go up later" {
  covers = { "UPL-07", "UPL-12" },
  needs = NEEDS,
  run = function(t)
    local book = lib.book(t)
    local app = t:app():setup()
    create_order(app)
    app:create("Order", { Title = "another" })
    local refusal = book.service:on_upload():reject { where = { Title = "order" }, opstatus = 20006, errmsg = "no" }
    t.expect(#app:sync(lib.upload_only):sync_errors() > 0):is_true("the rejection is told")
    t.expect(book.orders:rows()):equals { { Title = "another" } }
    t.expect(book.items:rows()):count(0)
    t.expect(app:rows("Item"), "UPL-07/pending"):equals { { Title = "item" }, { Title = "second" } }
    refusal:lift()
    t.expect(app:sync()):succeeds()
    t.expect(book.items:rows()):equals { { Title = "item" }, { Title = "second" } }
  end,
}

scenario "a partial nested record loses no edit" {
  covers = { "UPL-09" },
  needs = NEEDS,
  run = function(t)
    local book = lib.book(t)
    local app = t:app():setup()
    create_order(app)
    book.service:on_upload():once():without("Title", "Item")
    local result = app:sync(lib.upload_only)
    t.expect(result.ends):equals(1)
    t.expect(app:rows("Order")):equals { { Title = "order" } }
    t.expect(app:sync()):succeeds()
    t.expect(app:rows("Item")):equals { { Title = "item" }, { Title = "second" } }
    t.expect(book.items:rows()):equals { { Title = "item" }, { Title = "second" } }
  end,
}

scenario "a nested upload that timed out is replayed as it was, before newer edits" {
  covers = { "UPC-02", "UPC-05" },
  needs = { "localCrud", "hierarchy", "uploadCache" },
  run = function(t)
    local book = lib.book(t, { uploadCache = true })
    local app = t:app():setup()
    local order, item = create_order(app)
    book.service:on_upload():once():store():status(504)
    t.expect(app:sync()):fails()
    app:update("Item", item, { Title = "changed" })
    app:create("Item", { Title = "third", OrderId = order.OrderId })
    t.expect(app:sync()):succeeds()

    local uploads = book.service:uploads()
    t.expect(uploads):has_ids { 1, 1, 2 }
    t.expect(uploads[2].body.records):equals(uploads[1].body.records)
    t.expect(lib.shape(uploads[3]), "UPC-05"):equals("*update Order(update Item create Item)")
    local key = t.expect(book.orders:rows()):at(1).OrderId
    t.expect(book.items:rows(), "UPC-05"):equals {
      { Title = "changed", OrderId = key }, { Title = "second", OrderId = key }, { Title = "third", OrderId = key },
    }
  end,
}

scenario "a nested upload survives the end of the process" {
  covers = { "UPC-08", "UPL-12" },
  needs = { "localCrud", "hierarchy", "uploadCache", "kill", "restart" },
  run = function(t)
    local book = lib.book(t, { uploadCache = true })
    local app = t:app():setup()
    create_order(app)
    app:kill_at(book.service:on_upload():once():stored())
    app:start():wait()
    app:revive()
    t.expect(app:sync()):succeeds()
    t.expect(book.orders:rows()):equals { { Title = "order" } }
    t.expect(book.items:rows()):equals { { Title = "item" }, { Title = "second" } }
  end,
}
