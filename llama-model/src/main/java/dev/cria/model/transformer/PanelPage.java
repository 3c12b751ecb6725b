package dev.cria.model.transformer;

import dev.cria.core.Kernels;
import dev.cria.model.config.KvType;
import dev.cria.model.config.ModelConfig;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.List;

/** A page of a transformer: keys and values as {@link PageShape} says, in one of several types of numbers. */
public sealed interface PanelPage extends KvPage permits FloatPage, HalfPage, BytePage {
    /**
     * {@return an empty page}
     *
     * @param config sizes
     * @param type how keys and values are kept
     */
    static PanelPage of(ModelConfig config, KvType type) {
        PageShape shape = PageShape.of(config);
        return switch (type) {
            case F32 -> new FloatPage(shape);
            case F16 -> new HalfPage(shape);
            case Q8 -> new BytePage(shape);
        };
    }

    /**
     * {@return the bytes of a page}
     *
     * @param config sizes
     * @param type how keys and values are kept
     */
    static long bytes(ModelConfig config, KvType type) {
        return PageShape.of(config).bytes(type);
    }

    /**
     * Writes the key and the value of one position, {@code [kvHeads * headLength]} each.
     *
     * @param layer layer index
     * @param slot the position in the page, from 0
     * @param key where the key is
     * @param keyOffset index of its first component
     * @param value where the value is
     * @param valueOffset index of its first component
     */
    void store(int layer, int slot, float[] key, int keyOffset, float[] value, int valueOffset);

    /**
     * Copies the keys of a head, {@code [headLength][POSITIONS]}, for products with some rows of inputs.
     *
     * @param layer layer index
     * @param head head of keys and values
     * @param kernels the primitives to use
     * @param rows number of rows
     * @param panel receives them
     */
    void keys(int layer, int head, Kernels kernels, int rows, AttentionPanel panel);

    /**
     * Copies some components of the values of a head, {@code [POSITIONS][PANEL_ROWS]}, for products with some rows of
     * inputs.
     *
     * @param layer layer index
     * @param head head of keys and values
     * @param part which components, from 0
     * @param kernels the primitives to use
     * @param rows number of rows
     * @param panel receives them
     */
    void values(int layer, int head, int part, Kernels kernels, int rows, AttentionPanel panel);

    /** {@return all numbers, layer by layer, for those who write them down} */
    List<Numbers> numbers();

    /**
     * Some of the numbers of a page.
     *
     * @param memory the numbers themselves
     * @param type their type
     * @param run how many neighbours belong to one position; then come those of the next
     */
    record Numbers(MemorySegment memory, ValueLayout type, int run) {
        /**
         * Copies the numbers of the first positions, and zeros for the others.
         *
         * @param positions number of positions
         * @param target receives them, in little-endian order
         */
        public void copyTo(int positions, MemorySegment target) {
            MemorySegment.copy(memory, type, 0, target, littleEndian(), 0, memory.byteSize() / type.byteSize());
            long unit = run * type.byteSize();
            for (long at = 0; positions < POSITIONS && at < memory.byteSize(); at += POSITIONS * unit) {
                target.asSlice(at + positions * unit, (POSITIONS - positions) * unit).fill((byte) 0);
            }
        }

        /**
         * Takes numbers that were copied.
         *
         * @param source the numbers, in little-endian order
         */
        public void copyFrom(MemorySegment source) {
            MemorySegment.copy(source, littleEndian(), 0, memory, type, 0, memory.byteSize() / type.byteSize());
        }

        private ValueLayout littleEndian() {
            return type.withByteAlignment(1).withOrder(ByteOrder.LITTLE_ENDIAN);
        }
    }
}
