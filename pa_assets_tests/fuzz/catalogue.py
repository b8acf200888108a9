"""All faults of the grammar, by import."""

from pa_assets_tests.fuzz import faults_content, faults_encoding, faults_keys, faults_size, faults_structure

__all__ = ["faults_content", "faults_encoding", "faults_keys", "faults_size", "faults_structure"]
