package dev.cria.model.transformer;

import static dev.cria.core.Matrix.PANEL_ROWS;
import static dev.cria.core.Matrix.TILE_COLUMNS;

import dev.cria.core.CriaException;
import dev.cria.model.config.ModelConfig;
import dev.cria.model.lora.LoraContent;
import dev.cria.model.lora.LoraModule;
import dev.cria.model.lora.LoraSite;
import dev.cria.model.weights.LoraFactors;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * An adapter in the shape in which a model multiplies it: panels of floats, as in {@link dev.cria.core.Matrix}. The
 * matrices A of modules that have the same input are stacked, because most are much lower than a panel. Immutable; two
 * are equal only if they are the same.
 */
public final class LoraPanels {
    private static final int CACHE_LINE = 64;

    /** Where in a layer changes are added. */
    enum Place {
        /** Queries, keys and values. */
        ATTENTION_INPUT(LoraModule.ATTN_Q, LoraModule.ATTN_K, LoraModule.ATTN_V),
        /** The output of attention. */
        ATTENTION_OUTPUT(LoraModule.ATTN_OUTPUT),
        /** Gate and values of the feed-forward network. */
        FFN_INPUT(LoraModule.FFN_GATE, LoraModule.FFN_UP),
        /** The output of the feed-forward network. */
        FFN_OUTPUT(LoraModule.FFN_DOWN),
        /** The logits. */
        LOGITS(LoraModule.OUTPUT);

        private final List<LoraModule> modules;

        Place(LoraModule... modules) {
            this.modules = List.of(modules);
        }
    }

    /**
     * The changes at one place of one layer.
     *
     * @param inputs number of inputs
     * @param stackedRank rows of all matrices A together
     * @param a their panels, panel by panel in tiles of {@code TILE_COLUMNS} columns, {@code [columns][PANEL_ROWS]}
     * @param parts the matrices B
     */
    record Group(int inputs, int stackedRank, MemorySegment[] a, List<Part> parts) {
        /** {@return the rows of A, filled up to whole panels} */
        int paddedRank() {
            return Math.ceilDiv(stackedRank, PANEL_ROWS) * PANEL_ROWS;
        }
    }

    /**
     * The change of one matrix.
     *
     * @param target which of the outputs of the place it changes, from 0
     * @param first its first row in the stacked A
     * @param rank its rows in the stacked A
     * @param scale factor of the change
     * @param b panels of B, {@code [rank][PANEL_ROWS]} each
     */
    record Part(int target, int first, int rank, double scale, MemorySegment[] b) {}

    /**
     * The change of the token embeddings.
     *
     * @param rank the rank
     * @param scale factor of the change
     * @param a the matrix A, {@code [rank][vocabulary]}
     * @param vocabulary columns of A
     * @param b panels of B, {@code [rank][PANEL_ROWS]} each
     */
    record Embedding(int rank, double scale, float[] a, int vocabulary, MemorySegment[] b) {}

    private final String name;
    private final List<Map<Place, Group>> layers = new ArrayList<>();
    private final @Nullable Group logits;
    private final @Nullable Embedding embedding;
    private final int largestRank;

    /**
     * @param adapter the adapter
     * @param config sizes of the model
     * @throws CriaException if the adapter does not fit the model
     */
    public LoraPanels(LoraContent adapter, ModelConfig config) {
        name = adapter.label();
        Map<String, LoraFactors> factors = adapter.factorsByName(config);
        for (int layer = 0; layer < config.layers(); layer++) {
            Map<Place, Group> groups = new EnumMap<>(Place.class);
            for (Place place : Place.values()) {
                if (place != Place.LOGITS) {
                    group(factors, place, layer).ifPresent(group -> groups.put(place, group));
                }
            }
            layers.add(groups);
        }
        logits = group(factors, Place.LOGITS, 0).orElse(null);
        LoraFactors f = factors.get(new LoraSite(LoraModule.TOKEN_EMBD, 0).ggufName());
        embedding = f == null
                ? null
                : new Embedding(f.rank(), f.scale(), f.a(), f.inputs(), panelsOfB(f));
        int largest = embedding == null ? 0 : embedding.rank;
        largest = Math.max(largest, logits == null ? 0 : logits.paddedRank());
        for (Map<Place, Group> groups : layers) {
            for (Group group : groups.values()) {
                largest = Math.max(largest, group.paddedRank());
            }
        }
        largestRank = largest;
    }

    private static Optional<Group> group(Map<String, LoraFactors> factors, Place place, int layer) {
        List<Part> parts = new ArrayList<>();
        List<float[]> stacked = new ArrayList<>();
        int inputs = 0;
        int rank = 0;
        for (int target = 0; target < place.modules.size(); target++) {
            LoraFactors f = factors.get(new LoraSite(place.modules.get(target), layer).ggufName());
            if (f != null) {
                parts.add(
                        new Part(target, rank, f.rank(), f.scale(), panelsOfB(f)));
                stacked.add(f.a());
                inputs = f.inputs();
                rank += f.rank();
            }
        }
        if (parts.isEmpty()) {
            return Optional.empty();
        }
        MemorySegment[] a = panels(rank, inputs, TILE_COLUMNS, stacked);
        return Optional.of(new Group(inputs, rank, a, List.copyOf(parts)));
    }

    /**
     * Panels of some matrices with the same columns, stacked, in native memory that lives as long as somebody refers to
     * it.
     */
    private static MemorySegment[] panels(int rows, int columns, int tileColumns, List<float[]> matrices) {
        int panels = Math.ceilDiv(rows, PANEL_ROWS);
        long panelBytes = (long) Float.BYTES * PANEL_ROWS * columns;
        MemorySegment memory = Arena.ofAuto().allocate(panels * panelBytes, CACHE_LINE);
        int row = 0;
        for (float[] matrix : matrices) {
            for (int r = 0; r < matrix.length / columns; r++, row++) {
                long at = row / PANEL_ROWS * panelBytes + (long) Float.BYTES * (row % PANEL_ROWS);
                for (int k = 0; k < columns; k++) {
                    memory.set(ValueLayout.JAVA_FLOAT, at + (long) Float.BYTES * PANEL_ROWS * k,
                            matrix[r * columns + k]);
                }
            }
        }
        // cut here, so that nothing is allocated when a token is computed
        List<MemorySegment> tiles = new ArrayList<>();
        for (int panel = 0; panel < panels; panel++) {
            for (int column = 0; column < columns; column += tileColumns) {
                long count = Math.min(tileColumns, columns - column);
                tiles.add(memory.asSlice(panel * panelBytes + (long) Float.BYTES * PANEL_ROWS * column,
                        Float.BYTES * PANEL_ROWS * count));
            }
        }
        return tiles.toArray(MemorySegment[]::new);
    }

    private static MemorySegment[] panelsOfB(LoraFactors f) {
        return panels(f.outputs(), f.rank(), f.rank(), List.of(f.b()));
    }

    /** {@return the name of the adapter, may be empty} */
    public String name() {
        return name;
    }

    /**
     * {@return a hash of the matrices, the same for adapters that change a model in the same way}
     *
     * @param digest the hash function
     */
    public byte[] digest(MessageDigest digest) {
        for (int layer = 0; layer < layers.size(); layer++) {
            for (Map.Entry<Place, Group> entry : layers.get(layer).entrySet()) {
                add(digest, layer + " " + entry.getKey());
                add(digest, entry.getValue());
            }
        }
        if (logits != null) {
            add(digest, logits);
        }
        if (embedding != null) {
            add(digest, "embedding " + embedding.rank + " " + embedding.scale);
            add(digest, MemorySegment.ofArray(embedding.a));
            add(digest, embedding.b);
        }
        return digest.digest();
    }

    private static void add(MessageDigest digest, Group group) {
        add(digest, group.inputs + " " + group.stackedRank);
        add(digest, group.a);
        for (Part part : group.parts) {
            add(digest, part.target + " " + part.first + " " + part.rank + " " + part.scale);
            add(digest, part.b);
        }
    }

    private static void add(MessageDigest digest, String sizes) {
        digest.update(sizes.getBytes(StandardCharsets.UTF_8));
    }

    private static void add(MessageDigest digest, MemorySegment... matrices) {
        for (MemorySegment matrix : matrices) {
            digest.update(matrix.asByteBuffer());
        }
    }

    /** {@return the name of the adapter, or {@code unnamed}} */
    @Override
    public String toString() {
        return name;
    }

    @Nullable
    Group group(Place place, int layer) {
        return place == Place.LOGITS ? logits : layers.get(layer).get(place);
    }

    @Nullable
    Embedding embedding() {
        return embedding;
    }

    /** {@return the most floats that a row has between A and B} */
    int largestRank() {
        return largestRank;
    }
}
