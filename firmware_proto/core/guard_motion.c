/* The way of the shaft, unwrapped: how far it has turned within the last milliseconds. */
#include "guard_parts.h"

void guard_follow_shaft(guard_t *guard)
{
    guard_path_t *path = &guard->path;
    path->counts = (int32_t)((uint32_t)path->counts + (uint32_t)guard->rate.delta_counts);
    if (guard_each_ms(guard)) {
        path->ms++;
        path->at_ms[path->ms % GUARD_PATH_MS] = path->counts;
    }
}

/* How far the shaft is from where it was so many milliseconds ago, at most 63. */
int32_t guard_moved_counts(const guard_t *guard, uint32_t ms)
{
    const guard_path_t *path = &guard->path;
    const int32_t then = path->at_ms[(path->ms - ms) % GUARD_PATH_MS];
    return guard_size((int32_t)((uint32_t)path->counts - (uint32_t)then));
}
