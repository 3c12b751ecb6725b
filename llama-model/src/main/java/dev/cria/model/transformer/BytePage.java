package dev.cria.model.transformer;

import static dev.cria.core.Matrix.PANEL_ROWS;

import dev.cria.core.Kernels;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Keys and values in 8 bits, as {@link dev.cria.model.config.KvType#Q8} says: the components of a head at a position
 * that lie in one panel of values share a scale, in keys as well.
 *
 * @param shape how they lie
 * @param allKeys {@code [layers][layerKeys]}
 * @param keyScales {@code [layers][kvHeads][headPanels][POSITIONS]}, binary16
 * @param allValues {@code [layers][layerValues]}
 * @param valueScales as the scales of the keys
 */
record BytePage(PageShape shape, byte[][] allKeys, short[][] keyScales, byte[][] allValues, short[][] valueScales)
        implements
            PanelPage {
    private static final int LARGEST = 127;

    BytePage(PageShape shape) {
        this(shape, new byte[shape.layers()][shape.layerKeys()], new short[shape.layers()][shape.layerGroups()],
                new byte[shape.layers()][shape.layerValues()], new short[shape.layers()][shape.layerGroups()]);
    }

    @Override
    public KvPage copy() {
        return new BytePage(shape, copy(allKeys), copy(keyScales), copy(allValues), copy(valueScales));
    }

    private static byte[][] copy(byte[][] layers) {
        return Arrays.stream(layers).map(byte[]::clone).toArray(byte[][]::new);
    }

    private static short[][] copy(short[][] layers) {
        return Arrays.stream(layers).map(short[]::clone).toArray(short[][]::new);
    }

    @Override
    public void store(int layer, int slot, float[] key, int keyOffset, float[] value, int valueOffset) {
        byte[] keys = allKeys[layer];
        byte[] values = allValues[layer];
        for (int head = 0; head < shape.kvHeads(); head++) {
            for (int panel = 0; panel < shape.headPanels(); panel++) {
                int first = head * shape.headLength() + panel * PANEL_ROWS;
                int count = Math.min(PANEL_ROWS, shape.headLength() - panel * PANEL_ROWS);
                int scale = shape.scaleIndex(head, panel) + slot;
                keyScales[layer][scale] = quantize(key, keyOffset + first, count, keys, first * POSITIONS + slot,
                        POSITIONS);
                valueScales[layer][scale] = quantize(value, valueOffset + first, count, values,
                        shape.valueIndex(first, slot), 1);
            }
        }
    }

    /** Writes a group of numbers, at a distance from each other. {@return its scale, binary16} */
    private static short quantize(float[] x, int from, int count, byte[] out, int to, int step) {
        float max = 0;
        for (int i = from; i < from + count; i++) {
            max = Math.max(max, Math.abs(x[i]));
        }
        short half = Float.floatToFloat16(max / LARGEST);
        float scale = Float.float16ToFloat(half);
        float inverse = scale == 0 ? 0 : 1 / scale;
        for (int i = 0; i < count; i++) {
            out[to + i * step] = (byte) Math.clamp((long) Math.rint(x[from + i] * inverse), -LARGEST, LARGEST);
        }
        return half;
    }

    @Override
    public void keys(int layer, int head, Kernels kernels, int rows, AttentionPanel panel) {
        kernels.widen(keyScales[layer], shape.scaleIndex(head, 0), shape.headPanels() * POSITIONS, panel.scales(), 0);
        kernels.widenByLane(allKeys[layer], head * shape.headKeys(), shape.headLength(), panel.scales(),
                panel.array());
        panel.written(shape.headKeys(), rows);
    }

    @Override
    public void values(int layer, int head, int part, Kernels kernels, int rows, AttentionPanel panel) {
        int size = shape.valuePanel();
        kernels.widen(valueScales[layer], shape.scaleIndex(head, part), POSITIONS, panel.scales(), 0);
        kernels.widenByRow(allValues[layer], (head * shape.headPanels() + part) * size, POSITIONS, panel.scales(),
                panel.array());
        panel.written(size, rows);
    }

    @Override
    public List<Numbers> numbers() {
        return IntStream.range(0, shape.layers()).boxed().flatMap(layer -> Stream.of(
                new Numbers(MemorySegment.ofArray(allKeys[layer]), ValueLayout.JAVA_BYTE, 1),
                new Numbers(MemorySegment.ofArray(keyScales[layer]), ValueLayout.JAVA_SHORT, 1),
                new Numbers(MemorySegment.ofArray(allValues[layer]), ValueLayout.JAVA_BYTE, PANEL_ROWS),
                new Numbers(MemorySegment.ofArray(valueScales[layer]), ValueLayout.JAVA_SHORT, 1))).toList();
    }
}
