package dev.cria.core.kernel;

import static dev.cria.core.Fma.fma;

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
    public boolean usesVectorApi() {
        return false;
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
                    out[o + r] = fma(weight, input, out[o + r]);
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
                out[outOffset + r] = fma(panel[w + r], input, out[outOffset + r]);
            }
        }
    }

    @Override
    public void rmsNorm(float[] x, int xOffset, float[] weight, int n, float epsilon, float[] out, int outOffset) {
        float[] lanes = new float[Lanes.COUNT];
        for (int i = 0; i < n; i++) {
            float value = x[xOffset + i];
            lanes[i % Lanes.COUNT] = fma(value, value, lanes[i % Lanes.COUNT]);
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

    @Override
    public void widenByLane(byte[] panel, int offset, int depth, float[] scales, float[] out) {
        for (int k = 0; k < depth; k++) {
            for (int r = 0; r < ROWS; r++) {
                out[k * ROWS + r] = panel[offset + k * ROWS + r] * scales[k / ROWS * ROWS + r];
            }
        }
    }

    @Override
    public void widenByRow(byte[] panel, int offset, int depth, float[] scales, float[] out) {
        for (int k = 0; k < depth; k++) {
            for (int r = 0; r < ROWS; r++) {
                out[k * ROWS + r] = panel[offset + k * ROWS + r] * scales[k];
            }
        }
    }

    /** Adding 1.5 x 2^23 to a number far below it rounds it to a whole number, which is then in the low bits. */
    static final float ROUND = 0x1.8p23f;
    static final int ROUND_BITS = 0x4b400000;
    static final float SMALLEST = 1e-36f;

    @Override
    public void quantize(float[] x, int xOffset, QuantizedRows target, int row) {
        int[] whole = new int[QuantizedRows.BLOCK];
        int step = target.step(row);
        for (int column = 0; column < target.columns(); column += QuantizedRows.BLOCK) {
            int from = xOffset + column;
            float max = 0;
            for (int i = from; i < from + QuantizedRows.BLOCK; i++) {
                max = Math.max(max, Math.abs(x[i]));
            }
            round(x, from, inverse(max), whole);
            float widening = target.widening(magnitudes(whole, 0), magnitudes(whole, QuantizedRows.BLOCK / 2));
            if (widening > 1) {
                max *= widening;
                round(x, from, inverse(max), whole);
            }
            target.scales()[target.scaleIndex(row, column)] = max / 127f;
            int to = target.pairIndex(row, column);
            int apart = target.apart();
            for (int i = 0; i < QuantizedRows.BLOCK / 2; i++) {
                int first = i / apart * 2 * apart + i % apart;
                target.pairs()[to + i * step] = (whole[first] & 0xffff) | whole[first + apart] << 16;
            }
        }
        target.sum(row);
        for (LevelFactors factors : target.factors()) {
            factors(target, row, factors);
        }
        target.fillBlocks(row);
    }

    private static void round(float[] x, int from, float inverse, int[] whole) {
        for (int i = 0; i < whole.length; i++) {
            whole[i] = (short) (Float.floatToRawIntBits(x[from + i] * inverse + ROUND) - ROUND_BITS);
        }
    }

    private static int magnitudes(int[] whole, int from) {
        int sum = 0;
        for (int i = from; i < from + QuantizedRows.BLOCK / 2; i++) {
            sum += Math.abs(whole[i]);
        }
        return sum;
    }

    static void factors(QuantizedRows x, int row, LevelFactors target) {
        List<LevelCoding.Source> sources = target.coding().sources();
        int to = target.index(row, 0);
        for (int unit = 0; unit < x.columns(); unit += target.coding().columns()) {
            for (LevelCoding.Source source : sources) {
                target.factors()[to++] = twice((x.whole(row, unit + source.column()) << source.shift())
                        - (x.whole(row, unit + source.columnBefore()) << source.shiftBefore()));
            }
        }
        int columns = target.coding().sumColumns();
        for (int first = 0; first < x.columns(); first += columns) {
            int sum = 0;
            for (int column = first; column < first + columns; column++) {
                sum += x.whole(row, column);
            }
            target.corrections()[target.correctionIndex(row, first)] = twice(-target.coding().centre() * sum);
        }
    }

    /** A number modulo 2^16 in both halves of an int. */
    static int twice(int number) {
        return (number & 0xffff) * 0x10001;
    }

    static float inverse(float max) {
        return max > SMALLEST ? 127f / max : 0f;
    }

    private static float addBlocks(LevelTile tile, int r, QuantizedRows x, int row, float start) {
        int half = QuantizedRows.BLOCK / 2;
        boolean twoGroups = tile.groupColumns() == half;
        int step = x.step(row);
        float sum = start;
        for (int column = 0; column < tile.columns(); column += QuantizedRows.BLOCK) {
            int inputAt = x.pairIndex(row, tile.firstColumn() + column);
            int first = 0;
            int second = 0;
            for (int i = 0; i < half; i++) {
                int levels = tile.pairs()[(column / 2 + i) * ROWS + r];
                int inputs = x.pairs()[inputAt + i * step];
                first += (short) levels * (short) inputs;
                second += (levels >> 16) * (inputs >> 16);
            }
            float inputScale = x.scales()[x.scaleIndex(row, tile.firstColumn() + column)];
            int scale = column / tile.groupColumns() * ROWS + r;
            sum = twoGroups
                    ? fma(fma(second, tile.scales()[scale + ROWS], first * tile.scales()[scale]), inputScale,
                            sum)
                    : fma(first + second, tile.scales()[scale] * inputScale, sum);
        }
        return sum;
    }

    private static float summands(LevelTile tile, int r, QuantizedRows x, int row) {
        float sum = 0;
        for (int group = 0; group < tile.groups(); group++) {
            float summand = tile.scales()[LevelTile.SUMMANDS + group * ROWS + r];
            int block = x.scaleIndex(row, tile.firstColumn() + group * tile.groupColumns());
            sum = fma(summand, x.weightedSums()[block], sum);
        }
        return sum;
    }

    @Override
    public void levelProduct(LevelTile tile, QuantizedRows x, int rows, float[] out, int outOffset, int outStride) {
        for (int row = 0; row < rows; row++) {
            for (int r = 0; r < ROWS; r++) {
                int to = outOffset + row * outStride + r;
                float sum = addBlocks(tile, r, x, row, out[to]);
                out[to] = tile.summed() ? sum + summands(tile, r, x, row) : sum;
            }
        }
    }
}
