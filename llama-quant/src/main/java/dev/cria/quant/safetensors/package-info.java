/** The safetensors container and the index of its shards: parsing of their JSON. */
@NullMarked
package dev.cria.quant.safetensors;

import org.jspecify.annotations.NullMarked;
