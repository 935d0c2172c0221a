/** The subset of FHIR R4 (4.0.1) that the bridge writes. Names and cardinalities are the standard's. */

export interface FhirIdentifier {
  readonly system: string
  readonly value: string
}

export interface FhirReference {
  readonly type?: string
  readonly identifier?: FhirIdentifier
  readonly display?: string
}

export interface FhirCodeableConcept {
  readonly coding?: readonly { readonly system: string; readonly code: string }[]
  readonly text?: string
}

export interface FhirPayload {
  readonly contentString: string
}

export interface FhirAnnotation {
  readonly text: string
}

export interface FhirCommunicationRequest {
  readonly resourceType: 'CommunicationRequest'
  readonly identifier: readonly FhirIdentifier[]
  readonly basedOn?: readonly FhirReference[]
  readonly replaces?: readonly FhirReference[]
  readonly groupIdentifier?: FhirIdentifier
  readonly status: 'active' | 'completed' | 'revoked' | 'entered-in-error'
  readonly category: readonly FhirCodeableConcept[]
  readonly priority: 'stat'
  readonly subject?: FhirReference
  readonly about?: readonly FhirReference[]
  readonly payload?: readonly FhirPayload[]
  readonly occurrencePeriod?: { readonly end: string }
  readonly note?: readonly FhirAnnotation[]
  readonly authoredOn?: string
  readonly requester?: FhirReference
  readonly reasonCode?: readonly FhirCodeableConcept[]
}

export interface FhirCommunication {
  readonly resourceType: 'Communication'
  readonly identifier: readonly FhirIdentifier[]
  readonly basedOn: readonly FhirReference[]
  readonly inResponseTo?: readonly FhirReference[]
  readonly status: 'completed'
  readonly sender?: FhirReference
  readonly recipient?: readonly FhirReference[]
  readonly sent?: string
  readonly received?: string
  readonly payload?: readonly FhirPayload[]
}
