# win_file: makes and removes files and folders.

function Read-State($Arguments) {
    $path = Expand-Path $Arguments.path
    return @{ path = $path; kind = (Get-PathKind $path) }
}

function Remove-Tree([string]$Path) {
    # A link goes without what it leads to; read-only files go too
    $bits = [System.IO.File]::GetAttributes($Path)
    $folder = $bits.HasFlag([System.IO.FileAttributes]::Directory)
    if ($folder -and -not $bits.HasFlag([System.IO.FileAttributes]::ReparsePoint)) {
        foreach ($entry in [System.IO.Directory]::GetFileSystemEntries($Path)) {
            Remove-Tree $entry
        }
    }
    if ($bits.HasFlag([System.IO.FileAttributes]::ReadOnly)) {
        [System.IO.File]::SetAttributes($Path, $bits -band (-bnot [System.IO.FileAttributes]::ReadOnly))
    }
    if ($folder) {
        [System.IO.Directory]::Delete($Path)
    }
    else {
        [System.IO.File]::Delete($Path)
    }
}

function Invoke-Change($Change) {
    switch ($Change.op) {
        'mkdir' {
            [System.IO.Directory]::CreateDirectory($Change.path) | Out-Null
        }
        'remove' {
            Remove-Tree $Change.path
        }
        'touch' {
            if ((Get-PathKind $Change.path) -eq 'absent') {
                [System.IO.File]::Create($Change.path).Dispose()
            }
            else {
                $item = Get-Item -LiteralPath $Change.path -Force -ErrorAction Stop
                $now = [DateTime]::UtcNow
                $item.LastWriteTimeUtc = $now
                $item.LastAccessTimeUtc = $now
            }
        }
    }
}
