package dev.cria.core.kernel;

import dev.cria.core.Kernels;
import dev.cria.core.LevelCoding;
import dev.cria.core.LevelFactors;
import dev.cria.core.LevelTile;
import dev.cria.core.Matrix;
import dev.cria.core.QuantizedRows;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;

/** The kernels in plain Java: the specification that the Vector API kernels must equal bit for bit. */
public final class PlainKernels implements Kernels {
    private static final int ROWS = Matrix.PANEL_ROWS;

    @Override
    public String name() {
        return "plain";
    }

    @Override
    public void panelProduct(MemorySegment panel, int depth, float[] x, int xOffset, int xStride, int tokens,
            float[] out, int outOffset, int outStride) {
        // from where they are: a copy for every call would be most of what a decode step allocates
        for (int t = 0; t < tokens; t++) {
            int o = outOffset + t * outStride;
            for (int k = 0; k < depth; k++) {
                float input = x[xOffset + t * xStride + k];
                for (int r = 0; r < ROWS; r++) {
                    float weight = panel.getAtIndex(ValueLayout.JAVA_FLOAT_UNALIGNED, (long) k * ROWS + r);
                    out[o + r] = Math.fma(weight, input, out[o + r]);
                }
            }
        }
    }

    @Override
    public void panelRow(float[] panel, int depth, float[] x, int xOffset, float[] out, int outOffset) {
        for (int k = 0; k < depth; k++) {
            float input = x[xOffset + k];
            int w = k * ROWS;
            for (int r = 0; r < ROWS; r++) {
                out[outOffset + r] = Math.fma(panel[w + r], input, out[outOffset + r]);
            }
        }
    }

    @Override
    public void rmsNorm(float[] x, int xOffset, float[] weight, int n, float epsilon, float[] out, int outOffset) {
        float[] lanes = new float[Lanes.COUNT];
        for (int i = 0; i < n; i++) {
            float value = x[xOffset + i];
            lanes[i % Lanes.COUNT] = Math.fma(value, value, lanes[i % Lanes.COUNT]);
        }
        float scale = rmsScale(Lanes.sum(lanes), n, epsilon);
        for (int i = 0; i < n; i++) {
            out[outOffset + i] = x[xOffset + i] * scale * weight[i];
        }
    }

    static float rmsScale(float sumOfSquares, int n, float epsilon) {
        return (float) (1 / Math.sqrt((double) sumOfSquares / n + epsilon));
    }

    @Override
    public void swiGlu(float[] gate, int gateOffset, float[] up, int upOffset, int n) {
        for (int i = 0; i < n; i++) {
            float g = gate[gateOffset + i];
            gate[gateOffset + i] = g / (1f + Exponential.exp(-g)) * up[upOffset + i];
        }
    }

    @Override
    public void softmax(float[] x, int offset, int n, float scale) {
        float max = x[offset];
        for (int i = 1; i < n; i++) {
            max = Math.max(max, x[offset + i]);
        }
        float[] lanes = new float[Lanes.COUNT];
        for (int i = 0; i < n; i++) {
            float e = Exponential.exp((x[offset + i] - max) * scale);
            x[offset + i] = e;
            lanes[i % Lanes.COUNT] += e;
        }
        float factor = 1f / Lanes.sum(lanes);
        for (int i = 0; i < n; i++) {
            x[offset + i] *= factor;
        }
    }

    @Override
    public void widen(short[] half, int halfOffset, int n, float[] out, int outOffset) {
        for (int i = 0; i < n; i++) {
            out[outOffset + i] = Float.float16ToFloat(half[halfOffset + i]);
        }
    }

    /** Adding 1.5 x 2^23 to a number far below it rounds it to a whole number, which is then in the low bits. */
    static final float ROUND = 0x1.8p23f;
    static final int ROUND_BITS = 0x4b400000;
    static final float SMALLEST = 1e-36f;

    @Override
    public void quantize(float[] x, int xOffset, QuantizedRows target, int row) {
        int[] pairs = target.pairs();
        int step = target.step(row);
        for (int block = 0; block < target.blocks(); block++) {
            int from = xOffset + block * QuantizedRows.BLOCK;
            float max = 0;
            for (int i = from; i < from + QuantizedRows.BLOCK; i++) {
                max = Math.max(max, Math.abs(x[i]));
            }
            target.scales()[target.scaleIndex(row, block * QuantizedRows.BLOCK)] = max / 127f;
            float inverse = inverse(max);
            int to = target.pairIndex(row, block * QuantizedRows.BLOCK);
            for (int i = 0; i < QuantizedRows.BLOCK; i += 2) {
                pairs[to + i / 2 * step] = (whole(x[from + i] * inverse) & 0xffff)
                        | whole(x[from + i + 1] * inverse) << 16;
            }
        }
        target.sum(row);
        for (LevelFactors factors : target.factors()) {
            factors(target, row, factors);
        }
    }

    static void factors(QuantizedRows x, int row, LevelFactors target) {
        List<LevelCoding.Source> sources = target.coding().sources();
        int to = target.index(row, 0);
        for (int unit = 0; unit < x.columns(); unit += target.coding().columns()) {
            for (LevelCoding.Source source : sources) {
                target.factors()[to++] = twice((input(x, row, unit + source.column()) << source.shift())
                        - (input(x, row, unit + source.columnBefore()) << source.shiftBefore()));
            }
        }
        int columns = target.coding().sumColumns();
        for (int first = 0; first < x.columns(); first += columns) {
            int sum = 0;
            for (int column = first; column < first + columns; column++) {
                sum += input(x, row, column);
            }
            target.corrections()[target.correctionIndex(row, first)] = twice(-target.coding().centre() * sum);
        }
    }

    private static int input(QuantizedRows x, int row, int column) {
        int pair = x.pairs()[x.pairIndex(row, column & ~1)];
        return (column & 1) == 0 ? (short) pair : pair >> Short.SIZE;
    }

    /** A number modulo 2^16 in both halves of an int. */
    static int twice(int number) {
        return (number & 0xffff) * 0x10001;
    }

    static float inverse(float max) {
        return max > SMALLEST ? 127f / max : 0f;
    }

    private static int whole(float value) {
        return Float.floatToRawIntBits(value + ROUND) - ROUND_BITS;
    }

    private static float addGroups(LevelTile tile, int r, QuantizedRows x, int row, float start) {
        int pairs = tile.groupColumns() / 2;
        int step = x.step(row);
        int inputAt = x.pairIndex(row, tile.firstColumn());
        float sum = start;
        for (int group = 0; group < tile.groups(); group++) {
            int dot = 0;
            for (int k = group * pairs; k < (group + 1) * pairs; k++) {
                int levels = tile.pairs()[k * ROWS + r];
                int inputs = x.pairs()[inputAt + k * step];
                dot += (short) levels * (short) inputs + (levels >> 16) * (inputs >> 16);
            }
            float inputScale = x.scales()[x.scaleIndex(row, tile.firstColumn() + group * tile.groupColumns())];
            sum = Math.fma(dot, tile.scales()[group * ROWS + r] * inputScale, sum);
        }
        return sum;
    }

    private static float summands(LevelTile tile, int r, QuantizedRows x, int row) {
        float sum = 0;
        for (int group = 0; group < tile.groups(); group++) {
            float summand = tile.scales()[LevelTile.SUMMANDS + group * ROWS + r];
            int block = x.scaleIndex(row, tile.firstColumn() + group * tile.groupColumns());
            sum = Math.fma(summand, x.weightedSums()[block], sum);
        }
        return sum;
    }

    @Override
    public void levelProduct(LevelTile tile, QuantizedRows x, int rows, float[] out, int outOffset, int outStride) {
        for (int row = 0; row < rows; row++) {
            for (int r = 0; r < ROWS; r++) {
                int to = outOffset + row * outStride + r;
                float sum = addGroups(tile, r, x, row, out[to]);
                out[to] = tile.summed() ? sum + summands(tile, r, x, row) : sum;
            }
        }
    }
}
