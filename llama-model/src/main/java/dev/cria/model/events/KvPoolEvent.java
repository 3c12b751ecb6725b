package dev.cria.model.events;

import jdk.jfr.Category;
import jdk.jfr.DataAmount;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

@Name("dev.cria.KvPool")
@Label("Keys and Values")
@Category("Cria")
@Description("Keys and values after a pass that changed their number")
@StackTrace(false)
@SuppressWarnings("UnusedVariable") // Flight Recorder reads the fields
final class KvPoolEvent extends Event {
    @Label("Used")
    @DataAmount
    private long usedBytes;

    @Label("Prefixes")
    @Description("The part that is kept for prompts to come")
    @DataAmount
    private long prefixBytes;

    @Label("Evictions")
    @Description("Pages given up so far that were kept for prompts to come")
    private long evictions;

    @Label("Put Backs")
    @Description("How often a sequence was put back into the queue so far")
    private long putBacks;

    static void commit(long usedBytes, long prefixBytes, long evictions, long putBacks) {
        KvPoolEvent event = new KvPoolEvent();
        if (event.isEnabled()) {
            event.usedBytes = usedBytes;
            event.prefixBytes = prefixBytes;
            event.evictions = evictions;
            event.putBacks = putBacks;
            event.commit();
        }
    }
}
