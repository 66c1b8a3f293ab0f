"""Recurrent layers, fused or step by step."""
