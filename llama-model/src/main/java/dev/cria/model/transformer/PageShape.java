package dev.cria.model.transformer;

import static dev.cria.core.Matrix.PANEL_ROWS;

import dev.cria.model.config.KvType;
import dev.cria.model.config.ModelConfig;

/**
 * How keys and values lie in a page: as the panels that the kernels multiply. The keys of a layer are, for each head,
 * {@code [headLength][POSITIONS]}: positions are lanes, so scores of 32 positions come out side by side. The values
 * are, for each head and each {@value dev.cria.core.Matrix#PANEL_ROWS} components of it, {@code [POSITIONS][32]}:
 * components are lanes.
 *
 * @param layers layers of the model
 * @param kvHeads heads of keys and values
 * @param headLength components of a head
 */
record PageShape(int layers, int kvHeads, int headLength) {
    static PageShape of(ModelConfig config) {
        return new PageShape(config.layers(), config.kvHeads(), config.headLength());
    }

    /** {@return the number of panels that hold the components of one head} */
    int headPanels() {
        return (headLength + PANEL_ROWS - 1) / PANEL_ROWS;
    }

    /** {@return the components of the key of a position} */
    int components() {
        return kvHeads * headLength;
    }

    /** {@return the numbers of the keys of one head} */
    int headKeys() {
        return headLength * KvPage.POSITIONS;
    }

    /** {@return the numbers of one panel of values} */
    int valuePanel() {
        return KvPage.POSITIONS * PANEL_ROWS;
    }

    /** {@return the numbers of the keys of a layer} */
    int layerKeys() {
        return kvHeads * headKeys();
    }

    /** {@return the numbers of the values of a layer} */
    int layerValues() {
        return kvHeads * headPanels() * valuePanel();
    }

    /** {@return the groups of the keys of a layer that share a scale, and of its values} */
    int layerGroups() {
        return kvHeads * headPanels() * KvPage.POSITIONS;
    }

    /** {@return the bytes of a page} */
    long bytes(KvType type) {
        int position = type.bytesPerHead(headLength) + type.bytesPerHead(headPanels() * PANEL_ROWS);
        return (long) layers * kvHeads * KvPage.POSITIONS * position;
    }

    /** {@return where the scales of a panel of a head begin among those of its layer: one for each position} */
    int scaleIndex(int head, int panel) {
        return (head * headPanels() + panel) * KvPage.POSITIONS;
    }

    /** {@return where a component of a value is among the values of its layer} */
    int valueIndex(int component, int slot) {
        int i = component % headLength;
        int panel = component / headLength * headPanels() + i / PANEL_ROWS;
        return panel * valuePanel() + slot * PANEL_ROWS + i % PANEL_ROWS;
    }
}
