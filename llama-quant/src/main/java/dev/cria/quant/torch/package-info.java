/** PyTorch's checkpoints: the ZIP archive around them and the pickle inside, of which only tensors are understood. */
@NullMarked
package dev.cria.quant.torch;

import org.jspecify.annotations.NullMarked;
