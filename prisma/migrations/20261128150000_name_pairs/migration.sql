-- Names that do not meet: two names of stores or products that may be one, and when they were last looked for.

-- CreateTable
CREATE TABLE "name_pair" (
    "kind" TEXT NOT NULL,
    "low" INTEGER NOT NULL,
    "high" INTEGER NOT NULL,
    "pair" JSONB NOT NULL,
    "is_open" BOOLEAN NOT NULL DEFAULT true,
    "first_seen" TIMESTAMPTZ(3) NOT NULL,
    "differ_at" TIMESTAMPTZ(3),
    "differ_by" TEXT,
    "differ_because" TEXT,

    CONSTRAINT "name_pair_pkey" PRIMARY KEY ("kind","low","high"),
    CONSTRAINT "name_pair_kind" CHECK ("kind" IN ('facility', 'product')),
    CONSTRAINT "name_pair_order" CHECK ("low" < "high")
);

-- CreateTable
CREATE TABLE "name_look" (
    "id" INTEGER NOT NULL,
    "looked_at" TIMESTAMPTZ(3) NOT NULL,
    "took_ms" INTEGER NOT NULL,
    "unmatched" JSONB NOT NULL DEFAULT '{}',

    CONSTRAINT "name_look_pkey" PRIMARY KEY ("id")
);


-- Beyond Prisma

-- Ids without what is easily lost or added, by which like ones are sought (statement alike_products, and bareName of packages/domain).
CREATE INDEX "product_identification_bare" ON "product_identification"
  (ltrim(translate("id_value", 'ABCDEFGHIJKLMNOPQRSTUVWXYZ -._/', 'abcdefghijklmnopqrstuvwxyz'), '0'));
