package dev.cria.model.transformer;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * The adapters of a sequence, in the order in which their changes are added. Sequences with equal sets have equal keys
 * and values.
 *
 * @param entries the adapters, each once, none with the scale 0
 */
public record LoraSet(List<Entry> entries) {
    /** No adapters. */
    public static final LoraSet NONE = new LoraSet(List.of());

    /**
     * One adapter.
     *
     * @param panels the adapter
     * @param scale factor of its change, besides its own
     */
    public record Entry(LoraPanels panels, float scale) {}

    /** Copies the list. */
    public LoraSet {
        entries = List.copyOf(entries);
    }

    /**
     * {@return this set with another scale of one adapter, which is added if it is new}
     *
     * @param panels the adapter
     * @param scale factor of its change; 0 takes it out
     */
    public LoraSet with(LoraPanels panels, float scale) {
        List<Entry> changed = new ArrayList<>(entries);
        int index = entries.stream().map(Entry::panels).toList().indexOf(panels);
        if (scale == 0) {
            changed.removeIf(entry -> entry.panels == panels);
        } else if (index < 0) {
            changed.add(new Entry(panels, scale));
        } else {
            changed.set(index, new Entry(panels, scale));
        }
        return new LoraSet(changed);
    }

    /**
     * {@return the names of the adapters and their scales, as {@code legal x 0.5, brief x 1.0}; {@code none} without
     * adapters}
     */
    @Override
    public String toString() {
        return entries.isEmpty()
                ? "none"
                : entries.stream().map(entry -> entry.panels + " x " + entry.scale).collect(Collectors.joining(", "));
    }

    /** {@return whether there is no adapter} */
    public boolean isEmpty() {
        return entries.isEmpty();
    }
}
