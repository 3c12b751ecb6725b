package dev.cria.model.transformer;

import static dev.cria.core.Matrix.PANEL_ROWS;

import dev.cria.core.CriaException;
import dev.cria.model.LoraAdapter;
import dev.cria.model.LoraFactors;
import dev.cria.model.ModelConfig;
import dev.cria.model.lora.LoraModule;
import dev.cria.model.lora.LoraSite;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * An adapter in the shape in which a model multiplies it: panels of floats, as in {@link dev.cria.core.Matrix}. The matrices A of
 * modules that have the same input are stacked, because most are much lower than a panel. Immutable; two are equal only if they
 * are the same.
 */
public final class LoraPanels {
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
     * @param a their panels, {@code [panels][inputs][PANEL_ROWS]}
     * @param parts the matrices B
     */
    record Group(int inputs, int stackedRank, float[] a, List<Part> parts) {
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
     * @param outputs number of outputs
     * @param scale factor of the change
     * @param b panels of B, {@code [panels][rank][PANEL_ROWS]}
     */
    record Part(int target, int first, int rank, int outputs, double scale, float[] b) {}

    /**
     * The change of the token embeddings.
     *
     * @param rank the rank
     * @param outputs length of an embedding
     * @param scale factor of the change
     * @param a the matrix A, {@code [rank][vocabulary]}
     * @param vocabulary columns of A
     * @param b panels of B, {@code [panels][rank][PANEL_ROWS]}
     */
    record Embedding(int rank, int outputs, double scale, float[] a, int vocabulary, float[] b) {}

    private final List<Map<Place, Group>> layers = new ArrayList<>();
    private final @Nullable Group logits;
    private final @Nullable Embedding embedding;
    private final int largestRank;

    /**
     * @param adapter the adapter
     * @param config sizes of the model
     * @throws CriaException if the adapter does not fit the model
     */
    public LoraPanels(LoraAdapter adapter, ModelConfig config) {
        Map<String, LoraFactors> factors = adapter.factors(config);
        for (int layer = 0; layer < config.layers(); layer++) {
            Map<Place, Group> groups = new EnumMap<>(Place.class);
            for (Place place : Place.values()) {
                int of = layer;
                if (place != Place.LOGITS) {
                    group(factors, place, of).ifPresent(group -> groups.put(place, group));
                }
            }
            layers.add(groups);
        }
        logits = group(factors, Place.LOGITS, 0).orElse(null);
        LoraFactors f = factors.get(new LoraSite(LoraModule.TOKEN_EMBD, 0).ggufName());
        embedding = f == null
                ? null
                : new Embedding(f.rank(), f.outputs(), f.scale(), f.a(), f.inputs(),
                        panels(f.b(), f.outputs(), f.rank()));
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
        List<LoraFactors> stacked = new ArrayList<>();
        int rank = 0;
        for (int target = 0; target < place.modules.size(); target++) {
            LoraFactors f = factors.get(new LoraSite(place.modules.get(target), layer).ggufName());
            if (f != null) {
                parts.add(
                        new Part(target, rank, f.rank(), f.outputs(), f.scale(), panels(f.b(), f.outputs(), f.rank())));
                stacked.add(f);
                rank += f.rank();
            }
        }
        if (parts.isEmpty()) {
            return Optional.empty();
        }
        int inputs = stacked.getFirst().inputs();
        float[] a = allocate(rank, inputs);
        int row = 0;
        for (LoraFactors f : stacked) {
            fill(f.a(), f.rank(), inputs, a, row);
            row += f.rank();
        }
        return Optional.of(new Group(inputs, rank, a, List.copyOf(parts)));
    }

    private static float[] panels(float[] matrix, int rows, int columns) {
        float[] panels = allocate(rows, columns);
        fill(matrix, rows, columns, panels, 0);
        return panels;
    }

    private static float[] allocate(int rows, int columns) {
        long size = (long) Math.ceilDiv(rows, PANEL_ROWS) * PANEL_ROWS * columns;
        if (size > Integer.MAX_VALUE - 8) {
            throw new CriaException("an adapter with matrices of " + rows + " x " + columns + " elements is too large");
        }
        return new float[(int) size];
    }

    private static void fill(float[] matrix, int rows, int columns, float[] panels, int firstRow) {
        for (int r = 0; r < rows; r++) {
            int row = firstRow + r;
            int at = row / PANEL_ROWS * columns * PANEL_ROWS + row % PANEL_ROWS;
            for (int k = 0; k < columns; k++) {
                panels[at + k * PANEL_ROWS] = matrix[r * columns + k];
            }
        }
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
