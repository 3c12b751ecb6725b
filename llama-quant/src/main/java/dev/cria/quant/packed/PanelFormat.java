package dev.cria.quant.packed;

import dev.cria.core.Kernels;

/** A packing whose blocks can be multiplied by themselves, with inputs that are floats. */
public interface PanelFormat extends PanelPacking {
    /** {@return the arithmetic in plain Java, the specification} */
    PanelKernel plain();

    /** {@return the arithmetic in the Vector API, equal to the plain one to the last bit} */
    PanelKernel vector();

    /**
     * {@return the arithmetic that fits some kernels}
     *
     * @param kernels plain ones take the plain twin
     */
    default PanelKernel kernel(Kernels kernels) {
        return kernels.usesVectorApi() ? vector() : plain();
    }
}
