package dev.cria.train.network;

import static dev.cria.core.Matrix.PANEL_ROWS;

import dev.cria.core.GradientKernels;
import dev.cria.core.Kernels;
import dev.cria.model.config.ModelConfig;
import java.util.Arrays;

/**
 * Causal attention within one document, and its gradient. Queries are the lanes of everything: a panel holds the scores
 * of 32 queries, one row a key, so that scores, weighted values and the gradients of all of them are the same kernel as
 * the other products and the softmax needs no sum across lanes. Probabilities are computed again in the backward pass.
 */
final class DocumentAttention {
    private final Kernels kernels;
    private final GradientKernels gradients;
    private final int group;
    private final int headLength;
    private final int padded;
    private final int queryLength;
    private final int kvLength;
    private final int stride;
    private final float scale;

    /** Scratch space of one worker. */
    final class Scratch {
        private final PanelCopy panel = new PanelCopy();
        private float[] probabilities = {};
        private float[] scoreGradients = {};
        private float[] transposed = {};
        private float[] dKeys = {};
        private float[] dValues = {};
        private final float[] queryPanel = new float[headLength * PANEL_ROWS];
        private final float[] outPanel = new float[headLength * PANEL_ROWS];
        private final float[] laneRows = new float[PANEL_ROWS * PANEL_ROWS];

        private void prepare(int length) {
            int rows = panels(length) * PANEL_ROWS;
            if (probabilities.length < rows * PANEL_ROWS) {
                scoreGradients = new float[rows * PANEL_ROWS];
                transposed = new float[rows * headLength];
                dKeys = new float[rows * padded];
                dValues = new float[rows * padded];
                // what tells how much room there is comes last: there may not be enough memory for all
                probabilities = new float[rows * PANEL_ROWS];
            }
        }
    }

    DocumentAttention(ModelConfig config, Kernels kernels, GradientKernels gradients) {
        this.kernels = kernels;
        this.gradients = gradients;
        this.group = config.heads() / config.kvHeads();
        this.headLength = config.headLength();
        this.padded = panels(headLength) * PANEL_ROWS;
        this.queryLength = config.queryLength();
        this.kvLength = config.kvLength();
        this.stride = queryLength + 2 * kvLength;
        this.scale = (float) (1 / Math.sqrt(headLength));
    }

    private static int panels(int length) {
        return (length + PANEL_ROWS - 1) / PANEL_ROWS;
    }

    Scratch newScratch() {
        return new Scratch();
    }

    /** Weighs the values of one key/value head for the queries that share it. */
    void forward(TokenBatch.Document document, int kvHead, float[] qkv, float[] out, Scratch scratch) {
        int length = document.length();
        scratch.prepare(length);
        int keys = document.start() * stride + queryLength + kvHead * headLength;
        int rowsPadded = panels(length) * PANEL_ROWS;
        transpose(qkv, keys + kvLength, stride, length, scratch.transposed, rowsPadded);
        for (int h = 0; h < group; h++) {
            int head = (kvHead * group + h) * headLength;
            for (int first = 0; first < length; first += PANEL_ROWS) {
                int queries = Math.min(PANEL_ROWS, length - first);
                int depth = first + queries;
                probabilities(qkv, (document.start() + first) * stride + head, keys, first, queries, scratch);
                Arrays.fill(scratch.outPanel, 0f);
                kernels.panelProduct(scratch.panel.of(scratch.probabilities, 0, depth), depth, scratch.transposed, 0,
                        rowsPadded, headLength,
                        scratch.outPanel, 0, PANEL_ROWS);
                scatter(scratch.outPanel, queries, out, (document.start() + first) * queryLength + head, queryLength);
            }
        }
    }

    /** Fills {@code scratch.queryPanel} and {@code scratch.probabilities} for up to 32 queries. */
    private void probabilities(float[] qkv, int query, int keys, int first, int queries, Scratch scratch) {
        int depth = first + queries;
        gather(qkv, query, stride, queries, scratch.queryPanel);
        float[] scores = scratch.probabilities;
        Arrays.fill(scores, 0, depth * PANEL_ROWS, 0f);
        kernels.panelProduct(scratch.panel.of(scratch.queryPanel, 0, headLength), headLength, qkv, keys, stride, depth,
                scores, 0, PANEL_ROWS);
        for (int k = first + 1; k < depth; k++) {
            Arrays.fill(scores, k * PANEL_ROWS, k * PANEL_ROWS + k - first, Float.NEGATIVE_INFINITY);
        }
        gradients.columnSoftmax(scores, depth, scale);
    }

    /** The gradient of {@link #forward}: writes this head's part of {@code dQkv}. */
    void backward(TokenBatch.Document document, int kvHead, float[] qkv, float[] dOut, float[] dQkv,
            Scratch scratch) {
        int length = document.length();
        scratch.prepare(length);
        int keys = document.start() * stride + queryLength + kvHead * headLength;
        int rowsPadded = panels(length) * PANEL_ROWS;
        transpose(qkv, keys, stride, length, scratch.transposed, rowsPadded);
        Arrays.fill(scratch.dKeys, 0, length * padded, 0f);
        Arrays.fill(scratch.dValues, 0, length * padded, 0f);
        for (int h = 0; h < group; h++) {
            int head = (kvHead * group + h) * headLength;
            for (int first = 0; first < length; first += PANEL_ROWS) {
                int queries = Math.min(PANEL_ROWS, length - first);
                int depth = first + queries;
                int query = (document.start() + first) * stride + head;
                int dOutput = (document.start() + first) * queryLength + head;
                probabilities(qkv, query, keys, first, queries, scratch);
                addLanes(dOut, dOutput, queryLength, queries, scratch.probabilities, depth, scratch.dValues, scratch);
                gather(dOut, dOutput, queryLength, queries, scratch.queryPanel);
                Arrays.fill(scratch.scoreGradients, 0, depth * PANEL_ROWS, 0f);
                kernels.panelProduct(scratch.panel.of(scratch.queryPanel, 0, headLength), headLength, qkv,
                        keys + kvLength, stride, depth,
                        scratch.scoreGradients, 0, PANEL_ROWS);
                gradients.columnSoftmaxGradient(scratch.probabilities, scratch.scoreGradients, depth, scale);
                addLanes(qkv, query, stride, queries, scratch.scoreGradients, depth, scratch.dKeys, scratch);
                Arrays.fill(scratch.outPanel, 0f);
                kernels.panelProduct(scratch.panel.of(scratch.scoreGradients, 0, depth), depth, scratch.transposed, 0,
                        rowsPadded, headLength,
                        scratch.outPanel, 0, PANEL_ROWS);
                scatter(scratch.outPanel, queries, dQkv, query, stride);
            }
        }
        for (int k = 0; k < length; k++) {
            System.arraycopy(scratch.dKeys, k * padded, dQkv, keys + k * stride, headLength);
            System.arraycopy(scratch.dValues, k * padded, dQkv, keys + kvLength + k * stride, headLength);
        }
    }

    /** {@code sums[key] += sum over queries of weights[key][query] rows[query]}. */
    private void addLanes(float[] rows, int offset, int rowStride, int queries, float[] weights, int depth,
            float[] sums, Scratch scratch) {
        for (int part = 0; part < headLength; part += PANEL_ROWS) {
            int count = Math.min(PANEL_ROWS, headLength - part);
            for (int q = 0; q < queries; q++) {
                System.arraycopy(rows, offset + q * rowStride + part, scratch.laneRows, q * PANEL_ROWS, count);
            }
            kernels.panelProduct(scratch.panel.of(scratch.laneRows, 0, queries), queries, weights, 0, PANEL_ROWS, depth,
                    sums, part, padded);
        }
    }

    /** {@code [rows][headLength]} at a stride to {@code [headLength][targetStride]}. */
    private void transpose(float[] source, int offset, int sourceStride, int rows, float[] target, int targetStride) {
        for (int r = 0; r < rows; r++) {
            for (int i = 0; i < headLength; i++) {
                target[i * targetStride + r] = source[offset + r * sourceStride + i];
            }
        }
    }

    /** Rows to the lanes of a panel; lanes without a row are zero. */
    private void gather(float[] source, int offset, int sourceStride, int rows, float[] panel) {
        if (rows < PANEL_ROWS) {
            Arrays.fill(panel, 0f);
        }
        transpose(source, offset, sourceStride, rows, panel, PANEL_ROWS);
    }

    private void scatter(float[] panel, int rows, float[] target, int offset, int targetStride) {
        for (int r = 0; r < rows; r++) {
            for (int i = 0; i < headLength; i++) {
                target[offset + r * targetStride + i] = panel[i * PANEL_ROWS + r];
            }
        }
    }
}
