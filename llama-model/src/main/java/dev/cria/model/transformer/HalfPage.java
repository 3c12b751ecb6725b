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
 * Keys and values as IEEE binary16.
 *
 * @param shape how they lie
 * @param allKeys {@code [layers][layerKeys]}
 * @param allValues {@code [layers][layerValues]}
 */
record HalfPage(PageShape shape, short[][] allKeys, short[][] allValues) implements PanelPage {
    HalfPage(PageShape shape) {
        this(shape, new short[shape.layers()][shape.layerKeys()], new short[shape.layers()][shape.layerValues()]);
    }

    @Override
    public KvPage copy() {
        return new HalfPage(shape, Arrays.stream(allKeys).map(short[]::clone).toArray(short[][]::new),
                Arrays.stream(allValues).map(short[]::clone).toArray(short[][]::new));
    }

    @Override
    public void store(int layer, int slot, float[] key, int keyOffset, float[] value, int valueOffset) {
        short[] keys = allKeys[layer];
        short[] values = allValues[layer];
        for (int component = 0; component < shape.components(); component++) {
            keys[component * POSITIONS + slot] = Float.floatToFloat16(key[keyOffset + component]);
            values[shape.valueIndex(component, slot)] = Float.floatToFloat16(value[valueOffset + component]);
        }
    }

    @Override
    public void keys(int layer, int head, Kernels kernels, int rows, AttentionPanel panel) {
        kernels.widen(allKeys[layer], head * shape.headKeys(), shape.headKeys(), panel.array(), 0);
        panel.written(shape.headKeys(), rows);
    }

    @Override
    public void values(int layer, int head, int part, Kernels kernels, int rows, AttentionPanel panel) {
        int size = shape.valuePanel();
        kernels.widen(allValues[layer], (head * shape.headPanels() + part) * size, size, panel.array(), 0);
        panel.written(size, rows);
    }

    @Override
    public List<Numbers> numbers() {
        return IntStream.range(0, shape.layers()).boxed().flatMap(layer -> Stream.of(
                new Numbers(MemorySegment.ofArray(allKeys[layer]), ValueLayout.JAVA_SHORT, 1),
                new Numbers(MemorySegment.ofArray(allValues[layer]), ValueLayout.JAVA_SHORT, PANEL_ROWS))).toList();
    }
}
