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
 * Keys and values as floats.
 *
 * @param shape how they lie
 * @param allKeys {@code [layers][layerKeys]}
 * @param allValues {@code [layers][layerValues]}
 */
record FloatPage(PageShape shape, float[][] allKeys, float[][] allValues) implements PanelPage {
    FloatPage(PageShape shape) {
        this(shape, new float[shape.layers()][shape.layerKeys()], new float[shape.layers()][shape.layerValues()]);
    }

    @Override
    public KvPage copy() {
        return new FloatPage(shape, Arrays.stream(allKeys).map(float[]::clone).toArray(float[][]::new),
                Arrays.stream(allValues).map(float[]::clone).toArray(float[][]::new));
    }

    @Override
    public void store(int layer, int slot, float[] key, int keyOffset, float[] value, int valueOffset) {
        float[] keys = allKeys[layer];
        float[] values = allValues[layer];
        for (int component = 0; component < shape.components(); component++) {
            keys[component * POSITIONS + slot] = key[keyOffset + component];
            values[shape.valueIndex(component, slot)] = value[valueOffset + component];
        }
    }

    @Override
    public void keys(int layer, int head, Kernels kernels, int rows, AttentionPanel panel) {
        panel.set(allKeys[layer], head * shape.headKeys(), shape.headKeys(), rows);
    }

    @Override
    public void values(int layer, int head, int part, Kernels kernels, int rows, AttentionPanel panel) {
        int size = shape.valuePanel();
        panel.set(allValues[layer], (head * shape.headPanels() + part) * size, size, rows);
    }

    @Override
    public List<Numbers> numbers() {
        return IntStream.range(0, shape.layers()).boxed().flatMap(layer -> Stream.of(
                new Numbers(MemorySegment.ofArray(allKeys[layer]), ValueLayout.JAVA_FLOAT, 1),
                new Numbers(MemorySegment.ofArray(allValues[layer]), ValueLayout.JAVA_FLOAT, PANEL_ROWS))).toList();
    }
}
