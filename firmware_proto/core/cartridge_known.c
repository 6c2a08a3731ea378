/* The cartridges that this pen has written to: a tag on which an older image was put back gives no use back here. */
#include "cartridge.h"

#include <string.h>

/* Where the cartridge stands in the table; RECORDS_CARTRIDGES when it does not. */
static unsigned place(const cartridges_record_t *known, uint32_t id)
{
    unsigned i = 0U;
    while (i < RECORDS_CARTRIDGES && known->cartridges[i].id != id) {
        i++;
    }
    return i;
}

bool cartridge_put_back(const store_t *store, uint32_t id, uint32_t sequence)
{
    const unsigned i = place(&store->cartridges, id);
    return i < RECORDS_CARTRIDGES && sequence < store->cartridges.cartridges[i].sequence;
}

/* It comes first, and when it is new the one that was written to longest ago falls out. */
void cartridge_note(store_t *store, uint32_t id, uint32_t sequence, bool keep)
{
    kept_cartridge_t *table = store->cartridges.cartridges;
    const unsigned at = place(&store->cartridges, id);
    const unsigned from = at < RECORDS_CARTRIDGES ? at : RECORDS_CARTRIDGES - 1U;
    memmove(table + 1, table, from * sizeof *table);
    table[0] = (kept_cartridge_t){.id = id, .sequence = sequence};
    if (keep) {
        store_mark(store, STORE_CARTRIDGES);
    }
}
